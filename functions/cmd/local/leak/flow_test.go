package leak_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// flows run everything that the product does, with marked people.
func (r *rig) flows() {
	r.subscribing()
	r.events()
	r.otherBrands()
	r.replies()
	r.wrongPortal()
	r.garbage()
	r.providerFaults()
	r.platformFaults()
	r.callbacks()
	r.cloudFaults()
	r.panics()
	r.silence()
	r.sweeps()
}

// opened are the shoppers' messages as the send log has them.
func (r *rig) opened(s shopper) []lab.LogEntry {
	entries, err := lab.SendLog(r.Context(), r.Parts.Store, s.order)
	r.Must(err)
	return entries
}

func (r *rig) subscribing() {
	for i, s := range r.all {
		// An event makes the customer.
		r.event(s, "shipment-created", i)
	}
	testkit.Eventually(r.T, live.Patience, "every customer is known", func() bool {
		for _, s := range r.all {
			if len(r.opened(s)) == 0 {
				return false
			}
		}
		return true
	})
	for _, s := range r.all {
		for _, status := range []string{"ACTIVE", "INACTIVE", "ACTIVE"} {
			r.get(s)
			if code, answer := r.post(s, s.body(status)); code != http.StatusOK {
				r.Fatalf("subscribe: got %d %s", code, answer)
			}
		}
	}
}

// events publishes every event there is a fixture of, in its own shape.
func (r *rig) events() {
	files, err := testdata.Files.ReadDir("events")
	r.Must(err)
	for i, f := range files {
		r.event(r.all[i%len(r.all)], strings.TrimSuffix(f.Name(), ".json"), 100+i)
	}
	for i, s := range r.all {
		r.event(s, "shipment-failed_delivery", 200+i)
	}
	testkit.Eventually(r.T, live.Patience, "messages are read", func() bool {
		for _, e := range r.opened(r.all[1]) {
			if e.Status == "read" {
				return true
			}
		}
		return false
	})
	r.rest(2 * time.Second)
}

func (r *rig) replies() {
	all := []simulator.Reply{
		{Text: text, Name: "Zäzilie Quxmark"},
		{Button: "Try again"},
		{Button: "Choose a day"},
		{Text: text, Kind: "image"},
		{Text: text, Kind: "document"},
		{Kind: "location", Text: text},
		{Kind: "contact", Text: text},
		{Kind: "reaction", Text: "👍"},
		{Text: "STOP"},
		{Text: " stop. "},
		{Text: "START"},
		{Text: text + strings.Repeat(" Quxword", 1000)},
	}
	for i, reply := range all {
		for _, s := range r.all[i%4 : i%4+3] {
			body, err := json.Marshal(reply)
			r.Must(err)
			r.call(http.MethodPost, r.URL+"/local/inbox/"+s.phone+"/reply", string(body))
		}
	}
	// STOP from somebody nobody knows, who hides behind no number either.
	for _, payload := range []string{
		`{"id":"hidden","source":"","type":"text","payload":{"text":"` + text + `"},"sender":{"name":"Zäzilie Quxmark","userId":"IN.Quxmark"}}`,
		`{"id":"stranger","source":"91` + r.all[0].phone[:9] + `8","type":"text","payload":{"text":"STOP"},"sender":{"name":"Zäzilie Quxmark"}}`,
	} {
		r.call(http.MethodPost, r.webhook+"/gupshup/"+r.token, `{"app":"NeemAlerts","timestamp":1707818441000,"version":2,"type":"message","payload":`+payload+`}`)
	}
	r.rest(2 * time.Second)
	for _, s := range r.all {
		r.post(s, s.body("ACTIVE"))
	}
}

// wrongPortal sends the portal's routes what is wrong, with everything personal in it.
func (r *rig) wrongPortal() {
	s, other := r.all[0], r.all[1]
	bodies := []string{
		`{`, `["` + s.phone + `"]`, `{"contactPhone":"` + s.phone, `{"contactPhone":["` + s.phone + `"]}`, `{"contactPhone":` + s.phone + `}`,
		strings.ReplaceAll(s.body("ACTIVE"), `"811"`, `"`+s.name+`"`), strings.ReplaceAll(s.body("ACTIVE"), `"ACTIVE"`, `"`+s.email+`"`),
		strings.ReplaceAll(s.body("ACTIVE"), `"`+s.email+`"`, `{"a":"`+s.email+`"}`), s.body("ACTIVE") + s.body("ACTIVE"), s.name + "\xff", "Quxgarbage",
		other.body("ACTIVE"), strings.ReplaceAll(s.body("ACTIVE"), s.phone, other.phone), strings.ReplaceAll(s.body("ACTIVE"), s.email, other.email),
		strings.ReplaceAll(s.body("ACTIVE"), `"811"`, `"812"`), strings.ReplaceAll(s.body("ACTIVE"), s.phone, s.name),
		strings.ReplaceAll(s.body("ACTIVE"), s.name, strings.Repeat(s.name, 100_000)),
	}
	last := r.all[len(r.all)-1]
	for _, body := range bodies {
		r.post(last, body)
	}
	for _, path := range []string{
		"Quxgarbage%20" + s.phone, s.phone + "%2F" + s.phone, "+91" + s.phone + "@", url.PathEscape(s.email), url.PathEscape(s.name), "..%2F" + s.phone,
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			r.call(method, r.subscribe+world.OrderPath+path, s.body("ACTIVE"))
		}
	}
	r.call(http.MethodGet, r.subscribe+world.OrderPath+s.order+"?token="+r.token+"&phone="+s.phone, "")
}

// garbage sends every other route what cannot be read, with everything personal in it.
func (r *rig) garbage() {
	s := r.all[2]
	bodies := []string{
		"", `{`, `null`, `[]`, `"` + s.phone + `"`, `91` + s.phone, `{"a":"` + s.name, `{"type":"` + s.phone + `"}`, `{"payload":{"destination":"91` + s.phone + `"}}`,
		`{"type":"message-event","payload":{"id":"` + s.phone + `","type":"` + s.name + `"}}`, `{"type":"message","payload":"` + s.email + `"}`,
		s.name + "\xff", `{"message":{"data":"` + s.phone + `"}}`, `{"message":{"data":"%` + s.email + `","attributes":{"app":"` + s.email + `"}}}`,
		`{"message":{"data":"e30=","attributes":{"app":"` + s.email + `","account":"` + s.name + `","provider":"` + s.phone + `/x"}}}`,
		`{"message":{"data":"e30=","publishTime":"` + s.email + `"}}`, strings.Repeat(`{"`+s.name+`":`, 200),
		`{"resource":"` + s.name + `","eventSubType":"to ` + s.phone + `","response_data":{"account_id":"` + s.email + `","accountSlug":"` + s.name + `"}}`,
		`{"type":"message-event","payload":{"id":"x","gsId":"y","type":"failed","destination":"91` + s.phone + `","payload":{"code":"91` + s.phone + `","reason":"` + echo + `"}}}`,
		`{"type":"message-event","payload":{"id":"x","gsId":"y","type":"failed","destination":"91` + s.phone + `","payload":{"code":"1002 ` + s.phone + `","reason":"` + echo + `"}}}`,
		`{"type":"account-event","payload":{"type":"` + s.phone + `","status":"` + s.email + `"}}`,
		`{"type":"template-event","payload":{"type":"status-update","id":"` + s.email + `","elementName":"` + s.name + `","status":"` + s.phone + `","description":"` + echo + `"}}`,
	}
	urls := []string{
		r.webhook + "/gupshup/" + r.token, r.webhook + "/gupshup/Quxgarbage" + r.token, r.webhook + "/" + r.token + "/gupshup",
		r.webhook + "/gupshup/" + url.PathEscape(r.token+"/"+s.phone), r.webhook + "/gupshup//" + r.token, r.notify, r.receive, r.sweep + "?token=" + s.phone,
		r.URL + "/local/events?resource=" + url.QueryEscape(s.name), r.URL + "/local/inbox/Quxgarbage" + s.phone,
		r.URL + "/local/inbox/" + s.phone + "/reply", r.URL + "/local/send-log?orderId=" + url.QueryEscape(s.email), r.URL + "/" + r.token,
	}
	for _, u := range urls {
		for _, body := range bodies {
			r.call(http.MethodPost, u, body)
		}
		r.call(http.MethodDelete, strings.Replace(u, "/local/faults", "/local/none", 1), "")
	}
	for _, data := range bodies {
		for _, u := range []string{r.notify, r.receive} {
			for _, kind := range []string{"status", "reply", "raw", "template", "Quxgarbage"} {
				push, err := json.Marshal(map[string]any{"message": map[string]any{
					"data": base64.StdEncoding.EncodeToString([]byte(data)), "messageId": "1",
					"attributes": map[string]string{"kind": kind, "provider": "gupshup", "app": demo.NeemApp, "account": demo.NeemID},
				}})
				r.Must(err)
				r.call(http.MethodPost, u, string(push))
			}
		}
	}
	r.rest(2 * time.Second)
}

// callbacks has the provider tell of everything that it tells of.
func (r *rig) callbacks() {
	g := r.Simulator.Gupshup()
	second := 560
	for i, s := range r.all[:6] {
		r.Must(g.EmitPreference(demo.NeemGupshupID, "91"+s.phone, []string{"stop", "resume"}[i%2]))
		r.Must(g.EmitUser(demo.NeemGupshupID, "91"+s.phone, []string{"opted-out", "opted-in"}[i%2]))
		r.Must(g.EmitRaw(demo.NeemGupshupID, "OTHERS", []byte(`{"`+s.name+`":"`+s.phone+`"}`)))
		r.Must(g.EmitRaw(demo.NeemGupshupID, "OTHERS", []byte(s.email)))
	}
	for _, status := range []string{"ACCOUNT_VIOLATION", "ACCOUNT_RESTRICTED", "ACCOUNT_DISABLE", "ACCOUNT_VERIFIED"} {
		r.Must(g.EmitAccount(demo.NeemGupshupID, status))
		r.rest(200 * time.Millisecond)
		r.event(r.all[second%len(r.all)], "shipment-failed_delivery", second)
		second++
	}
	r.heal()
	const templateID = "0b6f2c1e-1111-4222-8333-000000000004"
	for _, status := range []string{"PAUSED", "REJECTED", "DISABLED", "APPROVED"} {
		r.Must(g.SetTemplateStatus(demo.NeemGupshupID, templateID, status, echo))
		r.rest(200 * time.Millisecond)
		r.event(r.all[second%len(r.all)], "shipment-failed_delivery", second)
		second++
		r.rest(200 * time.Millisecond)
	}
	r.heal()
	for _, s := range r.all[:3] {
		r.Simulator.Phones().SetNotOnWhatsApp("91"+s.phone, true)
		r.post(s, s.body("ACTIVE"))
		r.event(s, "shipment-failed_delivery", second)
		second++
	}
	// Reports about messages that nobody knows, of shoppers with and without a message that is open.
	for i, s := range r.all {
		for _, status := range []string{"enqueued", "sent", "delivered", "read", "failed"} {
			r.call(http.MethodPost, r.webhook+"/gupshup/"+r.token, fmt.Sprintf(
				`{"app":"NeemAlerts","timestamp":1707818441000,"version":2,"type":"message-event","payload":{"id":"foreign-%d","gsId":"foreign-gs-%d","type":"%s","destination":"91%s","payload":{"ts":1707818441,"code":131026,"reason":"%s"}}}`,
				i, i, status, s.phone, echo))
		}
	}
	r.rest(2 * time.Second)
}

// sweeps brings back what waits until nothing does.
func (r *rig) sweeps() {
	r.Simulator.Faults().Clear()
	for range 10 {
		r.call(http.MethodPost, r.sweep, "")
		time.Sleep(100 * time.Millisecond) // of the machine's time, which the leases run on
	}
	r.rest(2 * time.Second)
}
