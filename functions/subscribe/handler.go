package subscribe

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	contentJSON = "application/json"
	// noID stands for an account or a phone that is not known, so that reading its documents costs the same.
	noID = "none"
)

// deps are what the handler works with.
type deps struct {
	Store    *store.Store
	Accounts *settings.Accounts
	Orders   *orders.Reader
	// PhoneKey makes the names of customers' documents.
	PhoneKey *cache.Once[phone.Keyer]
	Clock    clock.Clock
	Logger   *slog.Logger
}

type handler struct {
	deps
	cfg      Config
	linkKeys [][]byte
	// unknownOrders counts the attempts at orders that do not exist.
	unknownOrders unknownOrders
	turns         turns
}

// newHandler returns the handler that serves /_ah/api/esb/v2/order/{order_id} and nothing else.
//
// GET answers the platform's JSON of the order byte for byte, but for the key isWhatsAppEnabledForNotifications: "1" if the
// order's shopper is subscribed, else "0". 404 if there is no such order, 502 if the platform does not answer.
//
// POST subscribes the order's shopper or takes that back, and answers as requirement 000 documents: 200, or 404 with the
// documented failure when the body names another shopper, the shopper is not known or there is no such order, without a way
// to tell which. 400 names the key at fault, 429 slows down guessing, 503 when it cannot be found out whose the order is.
//
// With ORDER_LINK_KEY set both answer 401 without the order link's token.
func newHandler(cfg Config, d deps) http.Handler {
	h := &handler{deps: d, cfg: cfg, linkKeys: cfg.linkKeys()}
	o := httpx.Options{
		Logger:  d.Logger,
		Route:   "subscribe",
		Timeout: cfg.Client.RequestTimeout,
		Clock:   d.Clock,
	}

	return httpx.CORS(cfg.origins(), http.MethodGet, http.MethodPost)(httpx.Serve(o, h.serve))
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) error {
	id, err := orderIDOf(r.URL)
	if fault.Is(err, fault.NotFound) {
		return err
	}
	if wrong := httpx.RequireMethod(w, r, http.MethodGet, http.MethodPost, http.MethodOptions); wrong != nil {
		return wrong
	}

	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		httpx.NoContent(w)
		return nil
	}
	if err != nil {
		return err
	}

	if err := checkLink(h.linkKeys, r.URL.Query().Get("token"), id, h.Clock.Now()); err != nil {
		return err
	}
	if r.Method == http.MethodPost {
		return h.post(w, r, id)
	}

	return h.get(w, r, id)
}

func (h *handler) get(w http.ResponseWriter, r *http.Request, id string) error {
	ctx := r.Context()
	o, err := h.Orders.Ask(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "subscribe.get", "no such order")
	}
	if err != nil {
		return err
	}

	f, err := h.factsOf(ctx, id, o)
	if err != nil {
		return err
	}

	value := "0"
	if f.customer != nil && f.customer.Consent.StatusAt(h.Clock.Now()) == consent.Active {
		value = "1"
	}

	answer, err := order.SetWhatsAppKey(o.JSON, value)
	if err != nil {
		return fault.Wrap(fault.Upstream, "subscribe.get", err)
	}

	h.keep(ctx, id, f)

	return httpx.WriteBytes(w, http.StatusOK, contentJSON, answer)
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
	// order is nil if there is no such order.
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

// factsOf reads what is known of an order, nil for one that does not exist. It reads the same documents whatever is known, so
// that the time of an answer does not tell whether an order or a shopper exists.
func (h *handler) factsOf(ctx context.Context, id string, o *orders.Order) (facts, error) {
	f := facts{order: o}
	var err error
	if f.keyer, err = h.PhoneKey.Get(ctx); err != nil {
		return f, err
	}
	if o != nil {
		if f.account, err = h.Accounts.IDOfOrder(ctx, &o.Order); err != nil {
			return f, err
		}
		// Nobody can subscribe to an order without a number that can be read.
		f.phone, _ = phone.Parse(o.Customer.Phone, o.Customer.Region)
	}

	account, key := noID, noID
	if f.account != "" {
		account = f.account
		f.document = store.OrderID(f.account, id)
	}
	if !f.phone.IsZero() {
		key = f.keyer.Key(f.phone)
	}

	read, err := h.Store.Facts(ctx, store.FactsOf{
		CustomerID: store.CustomerID(account, key),
		OrderID:    store.OrderID(account, id),
	})
	if err != nil {
		return f, err
	}

	f.stored, f.customer = read.Order, read.Customer

	return f, nil
}

// sameMail reports whether two addresses are the same but for case and blanks. Two empty ones are.
func sameMail(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }
