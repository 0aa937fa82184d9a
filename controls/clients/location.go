package clients

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// Location lets in by the country and the network of a client, as a database of the
// owner's knows them.
type Location struct {
	Deny  []string        `yaml:"deny" doc:"countries by their two letters (ISO 3166-1) and networks by their AS number, such as [KP, AS64496]" default:"none"`
	Only  []string        `yaml:"only" doc:"the countries and networks that alone are let in; who is in none that is known is not" default:"all"`
	Allow pavise.Networks `yaml:"allow" doc:"addresses and networks that are let in from wherever" default:"none; this machine, private networks and the proxies in front are"`
}

const locationID = "clients.location"

// Doc describes the control.
func (Location) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       locationID,
		Title:    "Countries and networks",
		Why:      "A shop that delivers to three countries has no customers in a data centre on another continent, and most of what tries passwords and stolen cards comes from such. It is a sieve and no wall: who wants to comes from elsewhere.",
		Enforces: "Nothing before it is told to. With deny or only it answers 403 to clients by country or AS number, as the databases under geoip say.",
		Verifies: "Not by a scan: it asks from one place. The log names refusals with country and network, up to 20 a second.",
		Refuses:  true, Behaviour: true,
	}
}

// Validate reports what is no country and no AS number.
func (l Location) Validate() error {
	errs := []error{networkErrors(locationID+": allow", l.Allow)}
	for key, list := range map[string][]string{"deny": l.Deny, "only": l.Only} {
		_, err := parsePlaces(list)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %s: %w", locationID, key, err))
		}
		if list != nil && len(list) == 0 {
			errs = append(errs, fmt.Errorf("%s: %s must not be empty", locationID, key))
		}
	}
	for _, item := range l.Deny {
		if slices.ContainsFunc(l.Only, func(other string) bool { return strings.EqualFold(item, other) }) {
			errs = append(errs, fmt.Errorf("%s: deny and only both name %s", locationID, item))
		}
	}
	return errors.Join(errs...)
}

// Locates reports whether it must be known of an address in which country it is, and in
// which network.
func (l Location) Locates() (country, as bool) {
	all, _ := parsePlaces(slices.Concat(l.Deny, l.Only))
	return len(all.countries) > 0, len(all.as) > 0
}

// places are countries and networks.
type places struct {
	countries map[string]bool
	as        map[uint32]bool
}

func (p places) has(l pavise.Location) bool { return p.countries[l.Country] || p.as[l.AS] }

// maxPlaces bounds a list: there are 249 countries.
const maxPlaces = 1000

func parsePlaces(list []string) (places, error) {
	p, errs := places{map[string]bool{}, map[uint32]bool{}}, []error(nil)
	if len(list) > 2*maxPlaces {
		return p, fmt.Errorf("%d are more than the %d that there may be", len(list), maxPlaces)
	}
	for _, item := range list {
		number, isAS := strings.CutPrefix(strings.ToUpper(item), "AS")
		as, err := strconv.ParseUint(number, 10, 32)
		switch {
		case isAS && err == nil && as != 0:
			p.as[uint32(as)] = true
		case len(item) == 2 && strings.Trim(strings.ToUpper(item), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "":
			p.countries[strings.ToUpper(item)] = true
		default:
			errs = append(errs, fmt.Errorf("%q is neither a country such as DE nor a network such as AS64496", pavise.Clip(item, 40)))
		}
	}
	return p, errors.Join(errs...)
}

// Enforce refuses by where the client is.
func (l Location) Enforce(env pavise.Env) (pavise.Hooks, error) {
	deny, err := parsePlaces(l.Deny)
	only, err2 := parsePlaces(l.Only)
	switch {
	case err != nil || err2 != nil:
		return pavise.Hooks{}, errors.Join(err, err2)
	case len(l.Deny)+len(l.Only) == 0:
		return pavise.Hooks{Admit: func(*pavise.Exchange) error { return nil }}, nil
	case env.Locate == nil:
		return pavise.Hooks{}, errors.New(locationID + ": nobody knows where an address is: name a database under geoip")
	}
	allowed := letBe(env, l.Allow)
	return pavise.Hooks{Admit: func(x *pavise.Exchange) error {
		if allowed(x.Client) || private(x.Client) {
			return nil
		}
		at := env.Locate(x.Client)
		if !deny.has(at) && (len(l.Only) == 0 || only.has(at)) {
			return nil
		}
		saw := where(at)
		if saw == "" {
			saw = ", in no place that is known"
		}
		return &pavise.Refusal{Status: http.StatusForbidden, Rule: locationID, Reason: "This site is not for where you seem to be.",
			Saw:  x.Client.String() + saw,
			Mend: "to let this one in: controls: {clients.location: {allow: [" + x.Client.String() + "]}}"}
	}}, nil
}

// private reports whether an address is of a network that is nowhere.
func private(a netip.Addr) bool { return a.IsPrivate() || a.IsLinkLocalUnicast() }
