const UserDAO = require("../data/user-dao").UserDAO;

/* The SessionHandler must be constructed with a connected db */
function SessionHandler(db) {
    "use strict";

    const userDAO = new UserDAO(db);

    this.isLoggedInMiddleware = (req, res, next) => {
        if (req.session.userId) {
            return next();
        }
        console.log("redirecting to login");
        return res.redirect("/login");
    };

    this.displayLoginPage = (req, res) => res.render("login", { userName: "", password: "", loginError: "" });

    this.handleLoginRequest = (req, res, next) => {
        const { userName, password } = req.body;
        userDAO.validateLogin(userName, password, (err, user) => {
            if (err) {
                if (err.noSuchUser) {
                    console.log("Error: attempt to login with invalid user: ", userName);
                    return res.render("login", { userName, password: "", loginError: "Invalid username" });
                } else if (err.invalidPassword) {
                    return res.render("login", { userName, password: "", loginError: "Invalid password" });
                }
                return next(err);
            }
            // Regenerating in each login is missing:
            // req.session.regenerate(() => { })
            req.session.userId = user._id;
            return res.redirect(user.isAdmin ? "/benefits" : "/dashboard");
        });
    };

    this.displayLogoutPage = (req, res) => {
        req.session.destroy(() => res.redirect("/"));
    };

    this.displayWelcomePage = (req, res) => res.redirect(req.session.userId ? "/dashboard" : "/login");
}

module.exports = SessionHandler;
