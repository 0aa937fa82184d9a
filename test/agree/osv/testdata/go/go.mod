module example.com/oldapp

go 1.19

require (
	github.com/dgrijalva/jwt-go v3.2.0+incompatible
	github.com/gin-gonic/gin v1.6.3
	github.com/gogo/protobuf v1.3.1
	github.com/gorilla/websocket v1.4.0
	github.com/labstack/echo/v4 v4.1.17
	golang.org/x/crypto v0.0.0-20200220183623-bac4c82f6975
	golang.org/x/image v0.0.0-20190802002840-cff245a6509b // indirect
	golang.org/x/net v0.7.0
	golang.org/x/text v0.3.2
	gopkg.in/yaml.v2 v2.2.2 // indirect
	github.com/containerd/containerd v1.4.0-rc.1
	github.com/nats-io/jwt v1.1.0
	k8s.io/client-go v0.17.0
)

replace github.com/nats-io/jwt => github.com/nats-io/jwt/v2 v2.0.0

replace example.com/unused => ../unused
