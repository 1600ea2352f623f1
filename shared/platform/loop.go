package platform

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

const (
	// markHeader lists the marks of the deployments that a request came through. Via has them too, but proxies rewrite it.
	markHeader = "X-Whatsapp-Notifications-Via"
	via        = "Via"
	// maxMarks is how many of our deployments one request may come through.
	maxMarks = 8
	// loops is what the caller of a looping request reads.
	loops = "the order platform's address is this function's own"
)

// isMark matches the mark of any deployment of ours.
var isMark = regexp.MustCompile(`^wn-[0-9a-f]{32}$`)

// marksKey is the context's key of the marks that a request came with.
type marksKey struct{}

// markOf returns the mark of a deployment: a hash, since headers reach the logs of others.
func markOf(project, service string) string {
	sum := sha256.Sum256([]byte(project + "\x00" + service))
	return "wn-" + hex.EncodeToString(sum[:16])
}

// sign puts the mark into a request to the platform, behind those that our own request came with.
func (c *Client) sign(req *http.Request) {
	earlier, _ := req.Context().Value(marksKey{}).([]string)
	for _, mark := range append(slices.Clone(earlier), c.mark) {
		req.Header.Add(via, "1.1 "+mark)
		req.Header.Add(markHeader, mark)
	}
}

// RefuseLoop returns an error of kind Loop if asking the platform on behalf of the request would go round in a circle: the
// request carries this deployment's mark, has come through too many deployments of ours, or was sent to the platform's own
// address. Otherwise it returns the context in which to ask the platform.
//
// Our route and the platform's have the same path (CONTRACT.md section 2.1), so that a wrong PLATFORM_BASE_URL can be our own address.
func (c *Client) RefuseLoop(r *http.Request) (context.Context, error) {
	var marks []string
	for _, word := range wordsOf(r.Header, via, markHeader) {
		if isMark.MatchString(word) && !slices.Contains(marks, word) {
			marks = append(marks, word)
		}
	}

	if slices.Contains(marks, c.mark) || len(marks) > maxMarks || c.addressed(r) {
		return nil, fault.New(fault.Loop, "platform.RefuseLoop", loops)
	}

	return context.WithValue(r.Context(), marksKey{}, marks), nil
}

// wordsOf returns the words of lists in headers, which commas and blanks separate.
func wordsOf(h http.Header, names ...string) []string {
	var words []string
	for _, name := range names {
		for _, line := range h.Values(name) {
			words = append(words, strings.FieldsFunc(strings.ToLower(line), func(r rune) bool { return strings.ContainsRune(", \t", r) })...)
		}
	}

	return words
}

// addressed reports whether the request was sent to the address at which we ask the platform for orders. The path counts as
// well as the host: in one process the simulated platform has a path below our own host.
func (c *Client) addressed(r *http.Request) bool {
	order, err := url.Parse(c.order)
	return err == nil && sameHost(order.Host, r.Host) && strings.HasPrefix(r.URL.EscapedPath(), order.EscapedPath())
}

// ours reports whether an address is at one of our own hosts. A host without a port stands for all its ports.
func (c Config) ours(base *url.URL) bool {
	return slices.ContainsFunc(c.PublicHosts, func(host string) bool {
		host = strings.TrimSpace(host)
		return host != "" && (sameHost(host, base.Host) || sameHost(host, base.Hostname()))
	})
}

// sameHost reports whether two hosts, with or without ports, are the same but for spelling. The ports of http and https count
// as none, since a request does not say which of the two the caller spoke.
func sameHost(a, b string) bool { return plainHost(a) == plainHost(b) }

func plainHost(host string) string {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), ""
	}

	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if port == "" || port == "80" || port == "443" {
		return name
	}

	return net.JoinHostPort(name, port)
}

// notHost reports whether an entry of a list is anything but a host, with or without a port, or nothing.
func notHost(entry string) bool {
	entry = strings.TrimSpace(entry)
	u, err := url.Parse("//" + entry)

	return err != nil || u.Host != entry || u.User != nil
}
