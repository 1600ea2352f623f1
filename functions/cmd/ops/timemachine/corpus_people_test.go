package timemachine

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// changes are what the brand sets in these days.
func (c *corpus) changes() {
	set := func(a *account.Account, name string, change func(e *account.Event)) {
		e := a.Events["shipment/"+name]
		change(&e)
		a.Events["shipment/"+name] = e
	}

	c.change(dayBegins.Add(-4*time.Hour), "quiet.put", func(a *account.Account) {
		a.Quiet = &account.QuietHours{Enabled: true, From: "22:30", To: "06:30", Exempt: []string{"shipment/failed_delivery"}}
	})
	c.change(dayBegins.Add(9*time.Hour), "notification.put", func(a *account.Account) {
		set(a, "packed", func(e *account.Event) { e.Enabled = false })
	})
	c.change(dayBegins.Add(11*time.Hour), "notification.put", func(a *account.Account) {
		set(a, "delivered", func(e *account.Event) { e.Filling.Variables = []string{"customer_name", "brand"} })
	})
	c.change(dayBegins.Add(13*time.Hour), "notification.put", func(a *account.Account) {
		set(a, "packed", func(e *account.Event) { e.Enabled = true })
	})
	c.change(dayBegins.Add(15*time.Hour), "account.put", func(a *account.Account) {
		a.MarkupBasisPoints, a.MaxAge = 400, 5*time.Hour
	})
	c.change(dayEnds.Add(2*time.Hour), "account.put", func(a *account.Account) { a.ConsentMode, a.Declaration = account.Explicit, nil })
	c.change(dayEnds.Add(3*time.Hour), "notification.put", func(a *account.Account) {
		set(a, "created", func(e *account.Event) { e.Enabled = false })
		a.MarkupBasisPoints = 0
	})

	// The day after, the provider has another text.
	c.step(dayEnds.Add(4*time.Hour), func() {
		t, err := c.Parts.Store.Template(c.T.Context(), rig.AppID, rig.TemplateID)
		c.Must(err)

		t.Body, t.CheckedAt = "Dear {{1}}, news of {{2}}.", c.Clock.Now()
		c.Must(c.Parts.Store.PutTemplate(c.T.Context(), rig.AppID, t))
	})
}

// people are shoppers who subscribe, take it back and write STOP.
func (c *corpus) people(n int) {
	order, err := testdata.Files.ReadFile("orders/51230077.json")
	c.Must(err)

	for i := range n {
		shopper := c.random.IntN(2 * shoppers)
		number := phoneOf(shopper)
		at := dayBegins.Add(-4 * time.Hour).Add(time.Duration(c.random.Int64N(int64(32 * time.Hour))))

		if i%2 == 0 {
			c.step(at, func() {
				c.Notice(c.worker, rig.OwnApp, provider.Event{
					Kind: provider.KindReply, At: c.Clock.Now().UnixMilli(), ReceivedAt: c.Clock.Now().UnixMilli(),
					Reply: &provider.ReplyEvent{ID: fmt.Sprint("wamid.", i), From: "91" + number, Type: "text", Text: "STOP"},
				})
			})

			continue
		}

		id := fmt.Sprint(70_000_000 + i)
		c.Sim.Platform().PutOrder(id, bytes.ReplaceAll(bytes.ReplaceAll(order, []byte("9000000001"), []byte(number)), []byte("51230077"), []byte(id)))
		c.portal(at, id, number, consent.Active)

		if i%4 == 1 {
			c.portal(at.Add(2*time.Hour), id, number, consent.Inactive)
		}
	}
}

// portal has a shopper ask for a status on the customer portal.
func (c *corpus) portal(at time.Time, order, number string, status consent.Status) {
	c.step(at, func() {
		body := fmt.Sprintf(`{"contactPhone":%q,"customerName":"Ira Sample","email":"ira@example.test","accountId":%q,"whatsAppStatus":%q}`, number, rig.BrandID, status)
		req := httptest.NewRequestWithContext(c.T.Context(), http.MethodPost, world.OrderPath+order, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")

		if answer := testkit.Serve(c.worker.Subscribe, req); answer.Status != http.StatusOK {
			c.T.Fatalf("the portal: got %d %s", answer.Status, answer.Body)
		}
	})
}
