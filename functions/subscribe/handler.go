package subscribe

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	contentJSON = "application/json"
	// storeShare is the part of a request's time that a GET waits for the store before it shows the order without the key.
	storeShare = 4
)

// deps are what the handler works with.
type deps struct {
	Store    *store.Store
	Accounts *settings.Accounts
	Orders   *orders.Reader
	// Platform knows what the platform's address is.
	Platform *platform.Client
	// PhoneKey makes the names of customers' documents.
	PhoneKey *cache.Once[phone.Keyer]
	Clock    clock.Clock
	Logger   *slog.Logger
}

type handler struct {
	deps
	cfg      Config
	linkKeys [][]byte
	owners   owners
	// looks counts the GETs of an address, wrong its POSTs that fit no order.
	looks, wrong *limiter
	turns        turns
}

// newHandler returns the handler that serves /_ah/api/esb/v2/order/{order_id}, the same without /_ah, and nothing else.
//
// GET answers the platform's JSON of the order byte for byte, but for the key isWhatsAppEnabledForNotifications: "1" if the
// order's shopper is subscribed, else "0". The key is left out where nobody could subscribe: of an order whose account is not known
// or that has no number, and while the store does not answer. 404 if there is no such order, 502 if the platform does not
// answer. HEAD answers the same without the body.
//
// POST subscribes the order's shopper or takes that back, and answers as documented (shared/platform/CONTRACT.md section 3.2): 200, or 404 with the
// documented failure when the body names another shopper or there is no such order, without a way to tell which. 400 names the
// key at fault, 429 slows down addresses that guess, 503 when it cannot be found out whose the order is.
//
// With ORDER_LINK_KEY set all answer 401 without the order link's token. Without it the GETs of an address are limited. 508 if
// the platform's address is this function's own.
func newHandler(cfg Config, d deps) http.Handler {
	h := &handler{
		deps:     d,
		cfg:      cfg,
		linkKeys: cfg.linkKeys(),
		owners:   newOwners(d),
		looks:    newLimiter(ordersPerMinute),
		wrong:    newLimiter(wrongPerMinute),
	}
	o := httpx.Options{
		Logger:  d.Logger,
		Route:   "subscribe",
		Timeout: cfg.Client.RequestTimeout,
		Clock:   d.Clock,
	}

	return httpx.CORS(cfg.PortalOrigins, http.MethodGet, http.MethodPost)(httpx.Serve(o, h.serve))
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) error {
	id, err := orderIDOf(r.URL)
	if fault.Is(err, fault.NotFound) {
		return err
	}
	if wrong := httpx.RequireMethod(w, r, http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions); wrong != nil {
		return wrong
	}

	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", "GET, HEAD, POST, OPTIONS")
		httpx.NoContent(w)
		return nil
	}
	if err != nil {
		return err
	}

	ctx, err := h.Platform.RefuseLoop(r)
	if err != nil {
		return err
	}
	if err := checkLink(h.linkKeys, r.URL.Query().Get("token"), id, h.Clock.Now()); err != nil {
		return err
	}

	r = r.WithContext(ctx)
	if r.Method == http.MethodPost {
		return h.post(w, r, id)
	}

	return h.get(w, r, id)
}

// get asks the platform each time, so that a page shows what its shopper has just changed. A POST goes by the same answer.
func (h *handler) get(w http.ResponseWriter, r *http.Request, id string) error {
	if len(h.linkKeys) == 0 {
		if err := h.looks.admit(w, r, h.Clock.Now()); err != nil {
			return err
		}
	}

	ctx := r.Context()
	o, err := h.Orders.Ask(ctx, id)
	if fault.Is(err, fault.NotFound) {
		h.owners.put(id, owner{})
		return fault.New(fault.NotFound, "subscribe.get", "no such order")
	}
	if err != nil {
		return err
	}

	h.owners.put(id, ownerOf(o))

	return httpx.WriteBytes(w, http.StatusOK, contentJSON, h.withKey(ctx, id, o))
}

// withKey returns the order's JSON with the WhatsApp key; as it came if nobody could subscribe, since the portal would offer
// what cannot be done.
func (h *handler) withKey(ctx context.Context, id string, o *orders.Order) []byte {
	ctx, cancel := context.WithTimeout(ctx, h.cfg.Client.RequestTimeout/storeShare)
	defer cancel()

	f, err := h.factsOf(ctx, id, o)
	if err != nil {
		h.Logger.WarnContext(ctx, "order shown without its WhatsApp key", "error", err)
		return o.JSON
	}

	h.keep(ctx, id, f)

	if f.account == "" || f.phone.IsZero() {
		return o.JSON
	}

	value := "0"
	if f.customer != nil && f.customer.Consent.StatusAt(h.Clock.Now()) == consent.Active {
		value = "1"
	}

	answer, err := order.SetWhatsAppKey(o.JSON, value)
	if err != nil {
		h.Logger.WarnContext(ctx, "order shown without its WhatsApp key", "error", err)
		return o.JSON
	}

	return answer
}

// keep stores an order for when the platform is down, and for the lookups of a brand's bot. A failure is only logged: the
// shopper's answer does not depend on it.
func (h *handler) keep(ctx context.Context, id string, f facts) {
	if f.document == "" {
		return
	}

	notBefore := h.Clock.Now().Add(-h.cfg.Orders.Refresh)
	if f.stored != nil && bytes.Equal(f.stored.JSON, f.order.JSON) && orders.Fresh(*f.stored, notBefore) {
		return
	}

	if err := h.Orders.Keep(ctx, orders.ID{AccountID: f.account, OrderID: id}, f.order, f.keyer); err != nil {
		h.Logger.WarnContext(ctx, "order not kept", "error", err)
	}
}

// facts are an order and what is known of its shopper.
type facts struct {
	order *orders.Order
	// account is empty if the order's account is not known.
	account string
	// phone is zero if the order has none that can be read.
	phone phone.Number
	// document names the stored order; empty without an account.
	document string
	keyer    phone.Keyer
	// stored and customer are nil if they are not in the store.
	stored   *store.Order
	customer *store.Customer
}

// factsOf reads what is known of an order.
func (h *handler) factsOf(ctx context.Context, id string, o *orders.Order) (facts, error) {
	f := facts{order: o, phone: ownerOf(o).phone()}

	named, err := h.Accounts.IDOfOrder(ctx, &o.Order)
	if err != nil || named == "" {
		return f, err
	}

	// An order that names its account by the id alone may name one that nobody has.
	brand, err := h.account(ctx, named)
	if err != nil || brand.ID == "" {
		return f, err
	}

	if f.keyer, err = h.PhoneKey.Get(ctx); err != nil {
		return f, err
	}

	f.account = brand.ID
	f.document = store.OrderID(brand.ID, id)
	of := store.FactsOf{OrderID: f.document}
	if !f.phone.IsZero() {
		of.CustomerID = store.CustomerID(brand.ID, f.keyer.Key(f.phone))
	}

	read, err := h.Store.Facts(ctx, of)
	if err != nil {
		return f, err
	}

	f.stored, f.customer = read.Order, read.Customer

	return f, nil
}
