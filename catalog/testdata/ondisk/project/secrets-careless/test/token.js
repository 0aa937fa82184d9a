module.exports = { jwtSecret: 'b5Xr8cJm1FpD7vGs2QnW4yKz' }
