const euros = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' })

const row = ({ id, item, cents }) => `<li>#${id} ${item}: ${euros.format(cents / 100)}</li>`

export const page = ({ version, customer, orders }) => `<!doctype html>
<title>Shop</title>
<body style="font: 18px sans-serif; border-top: 8px solid #1a7f37">
<h1>Shop</h1>
<p>${customer > 0 ? `Welcome back, customer ${customer}.` : 'Welcome.'}</p>
<ul>${orders.map(row).join('')}</ul>
<footer>${version}</footer>
`
