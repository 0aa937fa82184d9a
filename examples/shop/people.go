package main

import (
	"crypto/rand"
	"crypto/subtle"

	"golang.org/x/crypto/argon2"
)

// A Person has an account.
type Person struct {
	ID, Name string
	Roles    []string
	password secret
}

// staff may see every order, and send it.
const staff = "staff"

// people are the accounts, by their names. A real shop has a database here, and nobody
// prints its passwords.
type people struct {
	byID   map[string]Person
	nobody secret
	busy   chan struct{}
}

// demonstration are the accounts that the shop prints at its start.
var demonstration = []struct {
	Person
	Password string
}{
	{Person{ID: "ann", Name: "Ann Fletcher"}, "seven-quiet-herons"},
	{Person{ID: "ben", Name: "Ben Mason"}, "brass-kettle-on-sunday"},
	{Person{ID: "mia", Name: "Mia Potter", Roles: []string{staff}}, "kiln-at-1240-degrees"},
}

func newPeople() *people {
	p := &people{byID: map[string]Person{}, nobody: newSecret(rand.Text()), busy: make(chan struct{}, 4)}
	for _, d := range demonstration {
		d.Person.password = newSecret(d.Password)
		p.byID[d.ID] = d.Person
	}
	return p
}

// with returns the person whose name and password these are. It takes as long for a
// name that nobody has: so its time does not tell which names there are.
func (p *people) with(id, password string) (Person, bool) {
	p.busy <- struct{}{} // 19 MiB for each that runs
	defer func() { <-p.busy }()
	person, known := p.byID[id]
	if !known {
		person.password = p.nobody
	}
	return person, person.password.is(password) && known
}

// A secret is a password that nobody can read: Argon2id (RFC 9106), with the
// parameters that OWASP gives as the least.
type secret struct{ salt, hash []byte }

func newSecret(password string) secret {
	salt := make([]byte, 16)
	rand.Read(salt)
	return secret{salt, stretch(password, salt)}
}

func (s secret) is(password string) bool {
	return subtle.ConstantTimeCompare(s.hash, stretch(password, s.salt)) == 1
}

func stretch(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, 2, 19<<10, 1, 32)
}
