const bcrypt = require("bcrypt-nodejs");

/* The UserDAO must be constructed with a connected database object */
function UserDAO(db) {
    "use strict";

    const usersCol = db.collection("users");

    this.addUser = (userName, password, callback) => {
        // Stored as it is
        usersCol.insert({ userName, password /*: bcrypt.hashSync(password, bcrypt.genSaltSync()) */ }, callback);
    };

    this.validateLogin = (userName, password, callback) => {
        usersCol.findOne({ userName: userName }, (err, user) => {
            if (err) return callback(err, null);
            if (!user) return callback({ noSuchUser: true }, null);
            // return bcrypt.compareSync(password, user.password)
            return password === user.password ? callback(null, user) : callback({ invalidPassword: true }, null);
        });
    };
}

module.exports = { UserDAO };
