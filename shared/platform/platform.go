// Package platform is the client of the order platform: it reads orders, byte for byte, submits what a shopper wants done after a
// failed delivery, and builds the activity events that the platform shows under an order.
package platform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// maxOrder is the most bytes of an order's JSON that are read.
const maxOrder = 4 << 20

const (
	maxOrderID  = 128
	contentJSON = "application/json"
)

// Config says where the platform is and how to be let in.
type Config struct {
	// BaseURL is the platform's address, such as https://platform.example.com, with or without a path.
	BaseURL string `env:"PLATFORM_BASE_URL, required"`
	// OrderPath is the path of an order, up to its id.
	OrderPath string `env:"PLATFORM_ORDER_PATH, default=/_ah/api/esb/v2/order/"`
	// Token is sent as a bearer token; empty sends none.
	Token config.Secret `env:"PLATFORM_TOKEN"`
	// Timeout ends one call.
	Timeout time.Duration `env:"PLATFORM_TIMEOUT, default=8s"`
	// PublicHosts are the hosts that our own functions answer at, such as portal.example.com, with or without a port.
	PublicHosts []string `env:"PUBLIC_HOSTS"`
	// Service is the function's service; Cloud Run sets the variable.
	Service string `env:"K_SERVICE"`
}

// Validate checks the address, that it is none of ours, and the timeout.
func (c Config) Validate() error {
	var check config.Check
	c.checkAddress(&check, "PLATFORM_BASE_URL", c.BaseURL)
	check.Positive("PLATFORM_TIMEOUT", c.Timeout)
	check.That(!slices.ContainsFunc(c.PublicHosts, notHost), "PUBLIC_HOSTS must list hosts such as portal.example.com")

	return check.Err()
}

// checkAddress requires that a variable is a plain address, and not at one of our own hosts.
func (c Config) checkAddress(check *config.Check, name, address string) {
	u, err := url.Parse(address)
	good := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.RawQuery == ""

	check.That(good, name+" is not an http or https address")
	check.That(!good || !c.ours(u), name+" is at one of PUBLIC_HOSTS: it must be the platform's address, not our own")
}

// Client calls the platform. It is safe for concurrent use.
type Client struct {
	order   string
	token   config.Secret
	timeout time.Duration
	http    *http.Client
	// mark is what requests of this deployment carry; see [Client.RefuseLoop].
	mark string
}

// New returns a client of a platform whose configuration is valid, for a function of the project. It does not connect. The HTTP
// client is [httpx.Client]'s; its own timeout is the longer one.
func New(c Config, project string, h *http.Client) *Client {
	return &Client{
		order:   strings.TrimRight(c.BaseURL, "/") + "/" + strings.Trim(c.OrderPath, "/") + "/",
		token:   c.Token,
		timeout: c.Timeout,
		http:    h,
		mark:    markOf(project, c.Service),
	}
}

// Order returns an order's JSON exactly as the platform wrote it: the order of keys, unknown keys and the spelling of
// numbers (1000.0) are kept. NotFound if the platform has no such order, Invalid for an id that cannot be one, Upstream
// for everything else, such as a failure, a timeout, a redirect, or an answer that is not one JSON object. A byte order mark
// and bytes that are not UTF-8 are no failure. Loop if the address turns out to be our own. Errors name the id, unless it could be
// a telephone number that somebody gave in its place.
func (c *Client) Order(ctx context.Context, id string) ([]byte, error) {
	if err := checkOrderID(id); err != nil {
		return nil, err
	}

	op := "platform.Order " + logging.Word(id)

	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.order+url.PathEscape(id), nil)
	if err != nil {
		return nil, fault.New(fault.Internal, op, "")
	}

	req.Header.Set("Accept", contentJSON)
	c.sign(req)
	c.authorize(req)

	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fault.Wrap(fault.Upstream, op, withoutURL(err))
	}

	defer func() { _ = resp.Body.Close() }()

	body, err := io.ReadAll(io.LimitReader(resp.Body, maxOrder+1))
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return nil, fault.New(fault.NotFound, op, "no such order")
	case resp.StatusCode == http.StatusLoopDetected:
		return nil, fault.New(fault.Loop, op, loops)
	case resp.StatusCode != http.StatusOK:
		return nil, fault.Wrap(fault.Upstream, op, fmt.Errorf("status %d", resp.StatusCode))
	case err != nil:
		return nil, fault.Wrap(fault.Upstream, op, withoutURL(err))
	case len(body) > maxOrder:
		return nil, fault.Wrap(fault.Upstream, op, errTooLarge)
	}

	if _, err := order.ParseOrder(body); err != nil {
		return nil, fault.Wrap(fault.Upstream, op, err)
	}

	return body, nil
}

// authorize puts the credential into a request to the platform, if there is one.
func (c *Client) authorize(req *http.Request) {
	if !c.token.IsZero() {
		req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	}
}

var errTooLarge = errors.New("the order is larger than is read")

// checkOrderID refuses what would change the path or the log line; ids themselves have no documented form.
func checkOrderID(id string) error {
	const field = "order_id"
	switch {
	case id == "":
		return fault.Field(field, "is missing")
	case len(id) > maxOrderID:
		return fault.Field(field, "is too long")
	case id == "." || id == "..", strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\uFFFD' }):
		return fault.Field(field, "is not an order id")
	}

	return nil
}

// withoutURL keeps the address, which is configuration, out of errors.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
