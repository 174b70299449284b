export { withDeadline } from '../../core/delivery/backup/deadline.js'
