module pavise/test/peers

go 1.26.0

replace pavise => ../..

require (
	github.com/alexedwards/scs/v2 v2.9.0
	github.com/go-chi/httprate v0.16.1
	github.com/gorilla/sessions v1.4.0
	github.com/justinas/nosurf v1.2.0
	github.com/unrolled/secure v1.17.0
	pavise v0.0.0
)

require (
	github.com/gorilla/securecookie v1.1.2 // indirect
	github.com/klauspost/cpuid/v2 v2.4.0 // indirect
	github.com/zeebo/xxh3 v1.0.2 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)
