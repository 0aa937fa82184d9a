function AllocationsHandler(db) {
    "use strict";

    const allocations = db.collection("allocations");

    this.displayAllocations = (req, res, next) => {
        // The user is taken from the address, not from the session
        const { userId } = req.params;
        const { threshold } = req.query;
        const criteria = threshold
            ? { $where: `this.userId == ${userId} && this.stocks > '${threshold}'` }
            : { userId: parseInt(userId) };

        allocations.find({ $where: `this.userId == ${userId} && this.stocks > '${threshold}'` }).toArray((err, list) => {
            if (err) return next(err);
            return res.render("allocations", { list, criteria });
        });
    };
}

module.exports = AllocationsHandler;
