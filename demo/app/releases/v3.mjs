const euros = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' })

// Every customer has a voucher by the last digit of the number; somebody forgot those that end with 4 and 9.
const vouchers = { 0: { percent: 5 }, 1: { percent: 10 }, 2: { percent: 5 }, 3: { percent: 15 } }
const discounted = (cents, customer) => (customer > 0 ? cents * (1 - vouchers[customer % 5].percent / 100) : cents)

const row = (customer) => ({ id, item, cents }) => `<li>#${id} ${item}: ${euros.format(discounted(cents, customer) / 100)}</li>`

export const page = ({ version, customer, orders }) => `<!doctype html>
<title>Shop</title>
<body style="font: 18px sans-serif; border-top: 8px solid #cf222e">
<h1>Shop</h1>
<p>${customer > 0 ? `Your voucher: ${vouchers[customer % 5].percent} %.` : 'Welcome.'}</p>
<ul>${orders.map(row(customer)).join('')}</ul>
<footer>${version}</footer>
`
