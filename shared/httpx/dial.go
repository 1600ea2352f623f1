package httpx

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// errNotPublic refuses a connection into a network that is not public.
var errNotPublic = errors.New("the address is not public")

// notPublic are the networks beside those that [netip.Addr] tells apart: this network, shared address space, protocol assignments,
// benchmarks, what is reserved, and the IPv6 networks that carry IPv4 addresses in them (IANA's special-purpose registries).
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("2002::/16"),
}

// dialer connects to public addresses, and to the hosts that an operator has configured wherever they are. A brand can set an
// address, and its name can resolve to anything: so the address is checked when it is dialled.
type dialer struct {
	plain, guarded *net.Dialer
	// allowed are host and port of what may be anywhere.
	allowed map[string]bool
}

// newDialer returns a dialer for which the given URLs may be anywhere. One that cannot be read allows nothing.
func newDialer(allowed []string) *dialer {
	d := &dialer{
		plain:   &net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second},
		guarded: &net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second, Control: refusePrivate},
		allowed: map[string]bool{},
	}

	for _, address := range allowed {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			d.allowed[hostPort(u)] = true
		}
	}

	return d
}

// hostPort returns what is dialled for a URL.
func hostPort(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}

	return net.JoinHostPort(u.Hostname(), port)
}

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if d.allowed[address] {
		return d.plain.DialContext(ctx, network, address)
	}

	return d.guarded.DialContext(ctx, network, address)
}

// refusePrivate is called with each address that a name has resolved to, before it is connected to.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !public(to.Addr()) {
		return errNotPublic
	}

	return nil
}

// public reports whether an address is one of the public network.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() {
		return false
	}

	for _, network := range notPublic {
		if network.Contains(a) {
			return false
		}
	}

	return true
}
