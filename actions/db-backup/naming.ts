export { objectName, receiptId } from '../../core/delivery/backup/naming.js'
