package brands_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	simbot "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// rig is a running world whose providers report at once.
type rig struct {
	*testing.T
	*live.World
}

// rigOptions vary a rig.
type rigOptions struct {
	// hold has Meta and Kaleyra keep their reports until they are released.
	hold bool
	// quiet leaves out sweeps, so that nothing happens but what the test does.
	quiet bool
	// config overrides the functions' configuration, by variable.
	config map[string]string
}

func newRig(t *testing.T, o rigOptions) *rig {
	t.Helper()
	every := time.Second
	if o.quiet {
		every = 0
	}
	settings := map[string]string{"SETTINGS_TTL": "1ms"}
	maps.Copy(settings, o.config)

	return &rig{T: t, World: live.Start(t, live.Options{
		Config:     settings,
		SweepEvery: every,
		Others:     &tenant.Behaviour{Callbacks: true, AutoRead: true, Hold: o.hold},
	})}
}

// app is the sender of an account.
func (r *rig) app(accountID string) account.App {
	r.Helper()
	a, err := r.Parts.Store.Account(r.Context(), accountID)
	r.Must(err)
	app, ok := a.App(a.Sender)
	if !ok {
		r.Fatalf("account %s has no sender", accountID)
	}
	return app
}

// putSecret makes a secret.
func (r *rig) putSecret(name, value string) {
	r.Helper()
	r.Must(r.Cloud.Secrets().Put(r.Context(), world.Project, name, value))
}

// call is do for an answer that must have that status, and is read into answer unless that is nil.
func (r *rig) call(method, path string, body any, want int, answer any) {
	r.Helper()
	var sent []byte
	if body != nil {
		var err error
		sent, err = json.Marshal(body)
		r.Must(err)
	}
	status, got := r.Do(method, path, sent)
	if status != want {
		r.Fatalf("%s %s: got %d %s, want %d", method, path, status, got, want)
	}
	if answer != nil {
		r.Must(json.Unmarshal([]byte(got), answer))
	}
}

// brand is an account of the demo with its order.
type brand struct{ name, account, order string }

var (
	neem     = brand{"Neem & Co", demo.NeemID, demo.IraOrder}
	marigold = brand{"Marigold Home", demo.MarigoldID, demo.ArunOrder}
	jasmine  = brand{"Jasmine Wear", demo.JasmineID, demo.LilaOrder}
	anise    = brand{"Anise Foods", demo.AniseID, demo.OmarOrder}
)

// shopper is what an order says of its shopper, with the order's own names.
type shopper struct {
	Number   string `json:"customerOrderNumber"`
	Slug     string `json:"accountSlug"`
	Shipping struct {
		Phone string `json:"contactPhone"`
		Name  string `json:"customerName"`
		Email string `json:"email"`
	} `json:"shippingAddress"`
	Items []struct {
		Info struct {
			Product struct {
				Brand string `json:"brand"`
			} `json:"productDetails"`
		} `json:"additionalProductInfo"`
	} `json:"items"`
	// Shipment is which shipment of the order things happen to, for orders with several.
	Shipment string `json:"-"`
}

// shopperOf reads the brand's order as the portal does.
func (r *rig) shopperOf(b brand) shopper {
	r.Helper()
	var s shopper
	r.call(http.MethodGet, world.OrderPath+b.order, nil, http.StatusOK, &s)
	return s
}

// subscribe has the shopper of the brand's order opt in on the portal.
func (r *rig) subscribe(b brand) shopper {
	r.Helper()
	s := r.shopperOf(b)
	r.call(http.MethodPost, world.OrderPath+b.order, map[string]string{
		"contactPhone": s.Shipping.Phone, "customerName": s.Shipping.Name, "email": s.Shipping.Email,
		"accountId": b.account, "whatsAppStatus": "ACTIVE",
	}, http.StatusOK, nil)
	return s
}

// first is when the first event of a test happens; each later one is a minute after the one before.
var first = time.Date(2026, 11, 20, 9, 0, 0, 0, config.IST)

// happen publishes an event about the brand's order; n tells one happening from another.
func (r *rig) happen(b brand, s shopper, event string, n int) {
	r.Helper()
	resource, subType, _ := strings.Cut(event, "/")
	at := first.Add(time.Duration(n) * time.Minute).Format(time.DateTime)
	if s.Shipment == "" {
		s.Shipment = s.Number + "-1"
	}
	data := map[string]any{
		"customerOrderNumber": s.Number, "externalShipmentID": s.Shipment, "order_id": json.Number(b.order),
		"account_id": json.Number(b.account), "trackingID": "TRK-1", "courierName": "ExampleExpress", "status": subType,
		"remarks": "customer not reachable", "customerName": s.Shipping.Name, "customerContactNumber": s.Shipping.Phone,
		"email": s.Shipping.Email, "status_updated_at": at, "status_log": map[string]string{subType: at},
	}
	if resource == "returnShipment" {
		data["customerReturnNumber"], data["refundAmount"] = "RET-"+s.Number+"-1", 499.5
	}
	r.call(http.MethodPost, "/local/events", map[string]any{
		"resource": resource, "eventType": "PUT", "eventSubType": subType, "accountSlug": s.Slug, "accountId": nil,
		"actor": "SYSTEM", "version": "v1", "request_data": []any{}, "response_data": data,
	}, http.StatusAccepted, nil)
}

// log is the send log of the brand's order.
func (r *rig) log(b brand) []lab.LogEntry {
	r.Helper()
	var all []lab.LogEntry
	r.call(http.MethodGet, "/local/send-log?orderId="+b.order, nil, http.StatusOK, &all)
	return all
}

// logged waits until the n-th happening is logged with the status, and returns that line.
func (r *rig) logged(b brand, n int, want message.Status) lab.LogEntry {
	r.Helper()
	at := first.Add(time.Duration(n) * time.Minute)
	var all []lab.LogEntry
	for deadline := time.Now().Add(live.Patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		all = r.log(b)
		i := slices.IndexFunc(all, func(e lab.LogEntry) bool { return e.Occurred != nil && e.Occurred.Equal(at) })
		if i >= 0 && all[i].Status == want {
			return all[i]
		}
	}
	r.Fatalf("%s: happening %d is not %s in %s", b.name, n, want, describe(all))
	return lab.LogEntry{}
}

func describe(all []lab.LogEntry) string {
	var lines []string
	for _, e := range all {
		lines = append(lines, fmt.Sprintf("%s %s %s %+v", e.Event, e.Status, e.Reason, e.Attempts))
	}
	return strings.Join(lines, "; ")
}

// inbox is what the shopper's phone shows.
func (r *rig) inbox(s shopper) []simulator.Message {
	r.Helper()
	var all []simulator.Message
	r.call(http.MethodGet, "/local/inbox/"+s.Shipping.Phone, nil, http.StatusOK, &all)
	return all
}

// bot is what BusinessOnBot was told of an order or a cart.
func (r *rig) bot(id string) []simbot.Received {
	r.Helper()
	var all []simbot.Received
	r.call(http.MethodGet, "/local/bot", nil, http.StatusOK, &all)
	return slices.DeleteFunc(all, func(x simbot.Received) bool { return x.OrderID != id })
}
