package lab

import (
	"net"
	"net/http"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// here are the names of this machine. A page of somebody else's can have its own name lead to this machine, and then reads what is served here as its
// own; but it cannot take one of these names.
var here = []string{"localhost", "127.0.0.1", "::1"}

// origins refuses changes that a page of another origin asks for. What is no browser says nothing of an origin, and may change.
var origins = http.NewCrossOriginProtection()

// Guard returns an error of kind [fault.Forbidden] for a request that a page of somebody else may have made: one to another name than this machine's, and a
// change that another origin asks for. Nobody signs in at a local run, so this alone keeps such pages from it.
func Guard(r *http.Request) error {
	switch {
	case !isHere(r.Host):
		return fault.New(fault.Forbidden, "lab.Guard", "this is served to localhost alone; open it by that name")
	case origins.Check(r) != nil:
		return fault.New(fault.Forbidden, "lab.Guard", "this change was asked for by a page of somebody else; open the lab and do it there")
	default:
		return nil
	}
}

// isHere reports whether a request's host is a name of this machine.
func isHere(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}

	return slices.Contains(here, host) || host == "[::1]"
}
