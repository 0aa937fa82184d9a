const ESAPI = require("node-esapi");

function ProfileHandler(db) {
    "use strict";

    const users = db.collection("users");

    this.displayProfile = (req, res, next) => {
        users.findOne({ _id: parseInt(req.session.userId) }, (err, doc) => {
            if (err) return next(err);
            doc.website = ESAPI.encoder().encodeForHTML(doc.website);
            return res.render("profile", doc);
        });
    };

    this.handleProfileUpdate = (req, res, next) => {
        const { firstName, lastName, bankRouting } = req.body;
        // Catastrophic backtracking on what a client sends
        const regexPattern = /([0-9]+)+\#/;
        if (!regexPattern.test(bankRouting)) {
            return res.render("profile", { updateError: "Bank Routing number does not comply", ...req.body });
        }
        users.update({ _id: parseInt(req.session.userId) }, { $set: { firstName, lastName, bankRouting } }, (err) => {
            if (err) return next(err);
            return res.send("<p>Saved for " + firstName + "</p>");
        });
    };
}

module.exports = ProfileHandler;
