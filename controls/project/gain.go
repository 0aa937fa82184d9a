package project

import (
	"slices"
	"strings"

	"pavise"
)

// deeds are what weaknesses let an attacker do, the worst first.
var deeds = []struct{ weaknesses, deed string }{
	{"506 507 912", "run what its author likes wherever it is installed, and take the secrets that lie there"},
	{"77 78 88 94 95 96 98 502 913 917 1336", "run code of their own with the rights of the app"},
	{"89 90 564 643 943", "read and change what is in the database"},
	{"22 23 24 25 29 36 41 59 61 73", "reach files outside of the folder that is meant"},
	{"287 288 290 294 303 305 306 345 346 347 384 613 640 1390", "pass for somebody else"},
	{"269 284 285 639 732 862 863", "do what they have no right to"},
	{"471 915 1321", "change what all objects of the program inherit, and by that its decisions"},
	{"918", "make the server ask addresses inside, which they do not reach themselves"},
	{"113 93 436 444", "slip a request or a header past whoever stands in front of the app"},
	{"79 80 83 87 116 1289", "run script in the pages of others, in their name"},
	{"352", "have a user who is logged in do what he never asked for"},
	{"119 120 121 122 124 125 126 129 131 415 416 787 824", "crash the program, or read and overwrite its memory"},
	{"295 297 310 311 319 325 326 327 328 330 331 338 354", "read or forge what encryption and signatures were to guard"},
	{"200 201 203 208 209 212 312 359 522 524 532 668", "learn what was meant to stay secret"},
	{"601", "send users from an address of yours to a page of theirs"},
	{"185 190 248 369 400 404 405 407 409 476 617 674 703 730 754 755 770 772 776 789 834 835 1050 1333", stops},
}

const stops = "keep the app from answering anybody"

// gain says in a sentence what the attacker gains by a flaw; "" where nothing tells.
func gain(n pavise.Notice) string {
	deed := deedOf(n)
	if deed == "" {
		return ""
	}
	return actor(n) + " can " + deed + "."
}

func deedOf(n pavise.Notice) string {
	if malicious(n) {
		return deeds[0].deed
	}
	if only := impact(n.CVSS); only == stops { // whatever the weakness is called
		return only
	}
	for _, d := range deeds {
		for number := range strings.FieldsSeq(d.weaknesses) {
			if slices.ContainsFunc(n.CWE, func(cwe string) bool { return strings.EqualFold(cwe, "CWE-"+number) }) {
				return d.deed
			}
		}
	}
	return impact(n.CVSS)
}

// impact is what the vector says is harmed, whatever the weakness.
func impact(vector string) string {
	harmed := func(letter string) bool {
		return slices.ContainsFunc([]string{":H", ":L", ":C", ":P"}, func(much string) bool {
			return strings.Contains(vector+"/", "/"+letter+much+"/") || strings.Contains(vector+"/", "/V"+letter+much+"/")
		})
	}
	switch c, i, a := harmed("C"), harmed("I"), harmed("A"); {
	case c && i && a:
		return "read and change data of the app, and stop it"
	case c && i:
		return "read and change data of the app"
	case c:
		return "read data that is not meant for them"
	case i:
		return "change data that is not theirs"
	case a:
		return stops
	}
	return ""
}

// actor is who must be where to use the flaw, as the vector says it.
func actor(n pavise.Notice) string {
	has := func(metric string) bool { return strings.Contains(n.CVSS+"/", "/"+metric+"/") }
	switch {
	case malicious(n):
		return "Whoever wrote it"
	case has("AV:L"), has("AV:P"):
		return "Somebody on the machine"
	case has("PR:H"):
		return "Whoever has the account of an administrator"
	case has("PR:L"), has("Au:S"):
		return "Anybody with an account"
	case has("UI:R"), has("UI:A"), has("UI:P"):
		return "Whoever gets a user to open a page or a file"
	case has("AV:A"):
		return "Anybody in the same network"
	case has("AV:N"):
		return "Anybody who can send it data"
	}
	return "An attacker"
}
