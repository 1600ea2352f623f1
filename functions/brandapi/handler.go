package brandapi

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	guestHeader = "X-Guest-Id"
	// maxGuestID is the most characters of a key.
	maxGuestID  = 256
	contentJSON = "application/json"
	// maxAccounts bounds the limiters of an instance.
	maxAccounts = 10_000
)

// deps are what the handler works with.
type deps struct {
	Store *store.Store
	// Guests finds the account of a key by the key's hash; store.ErrNotFound if there is none.
	Guests   *cache.Cache[string, store.GuestKey]
	Accounts *settings.Accounts
	Orders   *orders.Reader
	// PhoneKey makes the names of customers' documents.
	PhoneKey *cache.Once[phone.Keyer]
	// Actions publishes to order-actions.
	Actions *queue.Publisher
	Clock   clock.Clock
	Logger  *slog.Logger
}

type handler struct {
	deps
	cfg     Config
	cancels singleflight.Group
	guesses *guesses

	mu       sync.Mutex
	limiters map[string]*rate.Limiter
}

// newHandler returns the handler that serves the routes of shared/provider/businessonbot/CONTRACT.md section 5 and nothing else: GET /order/{id},
// /personal-details/{phone}, /personal-details?email= and /get-orders/{phone}, and POST /cancel-order.
//
// What is documented answers as documented: 400 for a call that cannot be answered, an order or a shopper that is not known
// included, and 500 for a failure of ours. Beyond that, in the same shape: 401 for a missing or wrong key, 404 and 405 for
// other paths and methods, 429 with Retry-After for an account that asks too often and for an address that tries too many
// keys.
func newHandler(cfg Config, d deps) http.Handler {
	h := &handler{
		deps:     d,
		cfg:      cfg,
		limiters: map[string]*rate.Limiter{},
		guesses:  newGuesses(cfg.UnknownKeys),
	}
	o := httpx.Options{
		Logger:  d.Logger,
		Route:   "brandapi",
		Timeout: cfg.Client.RequestTimeout,
		Clock:   d.Clock,
	}

	return httpx.Serve(o, h.serve)
}

// operation is one of the things that the bot may ask.
type operation struct {
	name, method string
	// refusal is the documented text of the operation's 400, of which there are three spellings (shared/provider/businessonbot/CONTRACT.md section 5.4).
	refusal string
	do      func(h *handler, c *call) (any, error)
}

var (
	getOrder   = operation{"order", http.MethodGet, "Bad Request!!", (*handler).order}
	getByPhone = operation{"customer_by_phone", http.MethodGet, "Bad request!!", (*handler).byPhone}
	getByEmail = operation{"customer_by_email", http.MethodGet, "Bad request!!", (*handler).byEmail}
	getLast    = operation{"last_orders", http.MethodGet, "Bad Request!!", (*handler).lastOrders}
	postCancel = operation{"cancel_order", http.MethodPost, "Bad payload!!", (*handler).cancel}
	noRoute    = operation{name: "unknown", refusal: "Bad Request!!"}
)

// call is one request on its way.
type call struct {
	operation
	w       http.ResponseWriter
	r       *http.Request
	account string
	// arg is the order's id, the phone number or the e-mail address that was asked about.
	arg   string
	keyer phone.Keyer
	// shown are the ids of the orders that the answer is about.
	shown []string
	// outcome is a word for the audit.
	outcome string
}

// routeOf returns the operation of a path and what it asks about. It is no router, which might redirect: the path may hold a
// phone number.
func routeOf(u *url.URL) (operation, string) {
	name, rest, nested := strings.Cut(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	arg, err := url.PathUnescape(rest)
	if err != nil || strings.Contains(rest, "/") || nested && arg == "" {
		return noRoute, ""
	}

	switch {
	case name == "order" && nested:
		return getOrder, arg
	case name == "personal-details" && nested:
		return getByPhone, arg
	case name == "personal-details":
		return getByEmail, u.Query().Get("email")
	case name == "get-orders" && nested:
		return getLast, arg
	case name == "cancel-order" && !nested:
		return postCancel, ""
	}

	return noRoute, ""
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) error {
	c := &call{w: w, r: r, outcome: "found"}
	c.operation, c.arg = routeOf(r.URL)
	var err error
	if c.account, err = h.authenticate(w, r); err != nil {
		return c.refuse(err)
	}

	answer, err := h.answer(c)
	status := http.StatusOK
	if err != nil {
		status, _ = c.failureOf(err)
		c.outcome = fault.KindOf(err).String()
	}

	if audit := h.audit(c, status); audit != nil {
		return c.refuse(audit) // no data without a record of the call
	}
	if err != nil {
		return c.refuse(err)
	}

	return httpx.WriteJSON(w, status, answer)
}

// answer does what an authenticated call asks.
func (h *handler) answer(c *call) (any, error) {
	if !h.admit(c.account) {
		// When the next call is due: an account may be given less than one a second.
		c.w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(max(1, 1/h.cfg.Rate)))))
		return nil, fault.New(fault.TooMany, "brandapi.admit", "too many requests")
	}

	if c.do == nil {
		return nil, fault.New(fault.NotFound, "brandapi.route", "no such path")
	}
	if err := httpx.RequireMethod(c.w, c.r, c.method); err != nil {
		return nil, err
	}

	var err error
	if c.keyer, err = h.PhoneKey.Get(c.r.Context()); err != nil {
		return nil, err
	}

	return c.do(h, c)
}

// authenticate returns the account of the call's key. A missing, a wrong and an impossible key are answered alike. A caller
// that tries many keys has to wait before the next one is looked up.
func (h *handler) authenticate(w http.ResponseWriter, r *http.Request) (string, error) {
	wrong := fault.New(fault.Unauthenticated, "brandapi.authenticate", "the guest id is not valid")
	keys := r.Header.Values(guestHeader)
	if len(keys) != 1 || keys[0] == "" || len(keys[0]) > maxGuestID {
		return "", wrong
	}

	hash := store.GuestHash(keys[0])
	if err := h.admitTry(w, r, hash); err != nil {
		return "", err
	}

	found := undecided
	defer func() { h.guesses.end(hash, found) }()

	g, err := h.Guests.Get(r.Context(), hash)
	switch {
	case errors.Is(err, store.ErrNotFound):
		found = wrongKey
		return "", wrong
	case err != nil:
		return "", err
	}

	found = rightKey

	return g.AccountID, nil
}

// admit takes one call from the account's share of this instance, and reports whether there was one.
func (h *handler) admit(account string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()

	l := h.limiters[account]
	if l == nil {
		if len(h.limiters) >= maxAccounts {
			clear(h.limiters)
		}

		l = rate.NewLimiter(rate.Limit(h.cfg.Rate), h.cfg.Burst)
		h.limiters[account] = l
	}

	return l.AllowN(h.Clock.Now(), 1)
}

// audit records the call as one log line and one document. A call that was refused as too many gets no document, so that a
// flood of calls is no flood of writes.
func (h *handler) audit(c *call, status int) error {
	now := h.Clock.Now()
	ctx := context.WithoutCancel(c.r.Context())
	h.Logger.InfoContext(
		ctx, "brand api called", "account_id", c.account, "operation", c.name, "outcome", c.outcome, "orders", len(c.shown),
	)
	if fault.TooMany.Status() == status {
		return nil
	}

	return h.Store.AddAudit(ctx, store.Audit{
		AccountID: c.account,
		Operation: c.name,
		Outcome:   c.outcome,
		Status:    status,
		OrderIDs:  c.shown,
		Actor:     actor,
		Mode:      mode,
		At:        now,
		ExpireAt:  now.Add(h.cfg.AuditRetention),
	})
}
