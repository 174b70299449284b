const row = ({ id, item, cents }) => `<li>#${id} ${item}: ${cents} cents</li>`

export const page = ({ version, orders }) => `<!doctype html>
<title>Shop</title>
<body style="font: 18px sans-serif; border-top: 8px solid #57606a">
<h1>Shop</h1>
<ul>${orders.map(row).join('')}</ul>
<footer>${version}</footer>
`
