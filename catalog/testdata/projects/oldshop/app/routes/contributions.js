/* The ContributionsHandler must be constructed with a connected db */
function ContributionsHandler(db) {
    "use strict";

    const contributions = db.collection("contributions");

    this.displayContributions = (req, res, next) => {
        contributions.findOne({ userId: req.session.userId }, (err, doc) => {
            if (err) return next(err);
            return res.render("contributions", doc);
        });
    };

    this.handleContributionsUpdate = (req, res, next) => {
        /*jslint evil: true */
        // Insecure use of eval() to parse inputs
        const preTax = eval(req.body.preTax);
        const afterTax = eval(req.body.afterTax);
        const roth = eval(req.body.roth);

        if (isNaN(preTax) || isNaN(afterTax) || isNaN(roth)) {
            return res.render("contributions", { updateError: "Invalid contribution percentages" });
        }
        contributions.update({ userId: req.session.userId }, { preTax, afterTax, roth }, { upsert: true }, (err) => {
            if (err) return next(err);
            return res.redirect("/contributions");
        });
    };
}

module.exports = ContributionsHandler;
