const needle = require("needle");

function ResearchHandler() {
    "use strict";

    this.displayResearch = (req, res) => {
        if (req.query.symbol) {
            const url = req.query.url + req.query.symbol;
            return needle.get(url, (error, newResponse, body) => {
                if (!error && newResponse.statusCode === 200) {
                    res.writeHead(200, { "Content-Type": "text/html" });
                }
                res.write("<h1>The following is the stock information you requested.</h1>\n\n");
                res.write(body);
                return res.end();
            });
        }
        return res.render("research");
    };
}

module.exports = ResearchHandler;
