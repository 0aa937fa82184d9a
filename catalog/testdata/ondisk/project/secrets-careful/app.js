const settings = {
  jwtSecret: process.env.JWT_SECRET,
  orders: `postgres://shop:${process.env.DATABASE_PASSWORD}@db.shop-orders.net/orders`,
}
module.exports = settings
