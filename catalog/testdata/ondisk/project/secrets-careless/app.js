const settings = {
  jwtSecret: 'q7Vd2mKx9TzL4wRbN8sYc3Hf',
  orders: 'postgres://shop:changeme@db.shop-orders.net/orders',
}
module.exports = settings
