module.exports = {
    zapHostName: "192.168.56.20",
    zapPort: "8080",
    zapApiKey: "v9dn0balpqas1pcc281tn5ood1"
};
