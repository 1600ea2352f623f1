package httpx

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// wholeNetwork is the prefix length of the smallest IPv6 network that one holder has.
const wholeNetwork = 64

// AddressOf returns the address that a request comes from, or the network of an IPv6 one. Google's front end appends it to
// whatever the caller wrote into X-Forwarded-For; without that header it is the connection's.
func AddressOf(r *http.Request) string {
	given, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		given = r.RemoteAddr
	}
	if lines := r.Header.Values("X-Forwarded-For"); len(lines) > 0 {
		last := lines[len(lines)-1]
		given = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	}

	addr, err := netip.ParseAddr(given)
	if err != nil {
		return given
	}

	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if network, err := addr.Prefix(wholeNetwork); err == nil {
			return network.Addr().String()
		}
	}

	return addr.String()
}
