package leak_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
)

// ask makes a call of the bot's.
func (r *rig) ask(method, path, body string) (int, string) {
	r.Helper()
	return r.callWith(method, r.brandapi+path, body, headers{"X-Guest-Id": r.Secret(lab.GuestPrefix + demo.AniseApp)})
}

// askOne asks one of the things that there are to ask of a shopper.
func (r *rig) askOne(s shopper, which int) {
	r.Helper()
	if which%5 == 4 {
		r.ask(http.MethodPost, cancelPath, s.cancel(s.order))
		return
	}
	r.ask(http.MethodGet, []string{
		"/order/" + s.order, "/get-orders/" + url.PathEscape("+91"+s.phone), "/personal-details/" + s.phone, "/personal-details?email=" + url.QueryEscape(s.email),
	}[which%5], "")
}

func (s shopper) cancel(id string) string {
	return fmt.Sprintf(`{"id":%q,"cancellationReason":"Quxword: %s, call %s","cancelledBy":"bot"}`, id, s.name, s.phone)
}

// bot has BusinessOnBot's bot ask what it may and what it may not. The addresses of its calls hold phones and e-mails.
func (r *rig) bot() {
	anise := r.brands[2]
	for _, s := range anise.shoppers {
		for _, path := range []string{"/order/" + s.order, "/get-orders/" + s.phone, "/personal-details/91" + s.phone, "/personal-details?email=" + url.QueryEscape(s.email)} {
			if code, answer := r.ask(http.MethodGet, path, ""); code != http.StatusOK || !strings.Contains(answer, s.phone) {
				r.Errorf("%s: got %d, want 200 and the shopper", path[:8], code)
			}
		}
	}
	s, foreign := anise.shoppers[0], r.all[0]
	for range 2 {
		if code, answer := r.ask(http.MethodPost, cancelPath, s.cancel(s.order)); code != http.StatusOK {
			r.Errorf("cancel: got %d %s", code, answer)
		}
	}
	for _, path := range []string{
		"/order/%2B91" + s.phone, "/order/" + url.PathEscape(s.email), "/order/" + url.PathEscape(s.name) + "%00", "/order/" + foreign.order, "/get-orders/" + foreign.phone,
		"/get-orders/" + s.phone + "%2F" + s.phone, "/get-orders/" + s.phone + "/" + s.phone, "/get-orders/" + s.phone + s.phone, "/" + s.phone,
		"/personal-details/" + url.PathEscape(s.email), "/personal-details/" + foreign.phone, "/personal-details?email=" + s.phone, "/personal-details?email=" + url.QueryEscape(foreign.email),
		"/personal-details?email=" + url.QueryEscape(s.email) + "%zz", "/get-orders/" + url.PathEscape(s.name),
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			r.ask(method, path, s.body("ACTIVE"))
		}
		r.call(http.MethodGet, r.brandapi+path, "")
		r.callWith(http.MethodGet, r.brandapi+path, "", headers{"X-Guest-Id": r.Secret("businessonbot-anise-guest-key")})
		r.callWith(http.MethodGet, r.brandapi+path, "", headers{"X-Guest-Id": s.phone})
	}
	for _, id := range []string{s.phone, "91" + s.phone} { // where an order's id belongs
		r.ask(http.MethodGet, "/order/"+id, "")
		r.ask(http.MethodPost, cancelPath, s.cancel(id))
	}
	for _, body := range []string{
		`{`, `{"id":"` + s.phone, `{"id":["` + s.email + `"]}`, `{"id":"` + s.order + `","cancelledBy":"` + s.name + `"}`, s.cancel("+91" + s.phone), s.cancel(s.email), s.cancel(foreign.order),
		s.name + "\xff", `["` + s.phone + `"]`, s.cancel(s.order) + s.cancel(s.order), strings.Repeat(s.name, 10_000),
	} {
		r.ask(http.MethodPost, cancelPath, body)
	}
	r.botWithoutPlatform(anise)
	for range 400 { // until it is too many
		if code, _ := r.ask(http.MethodGet, "/get-orders/"+s.phone, ""); code == http.StatusTooManyRequests {
			break
		}
	}
}

// botWithoutPlatform asks while the platform does everything that it can do wrong, of orders that are not kept.
func (r *rig) botWithoutPlatform(anise brand) {
	for i, mode := range []chaos.Mode{
		chaos.Refuse, chaos.Throttle, chaos.WrongCredentials, chaos.Unavailable, chaos.HTML502Before, chaos.TimeoutBefore, chaos.ResetBefore, chaos.Truncated, chaos.Malformed,
	} {
		s := anise.shoppers[1]
		r.Must(r.Simulator.Faults().Set([]simulator.Fault{{System: "platform", Mode: mode, Message: echo}}))
		r.ask(http.MethodGet, fmt.Sprintf("/order/6679%04d", i), "")
		r.ask(http.MethodPost, cancelPath, s.cancel(fmt.Sprintf("6679%04d", i)))
		r.ask(http.MethodGet, "/order/"+s.phone, "")
		for which := range 5 {
			r.askOne(s, which)
		}
		r.Simulator.Faults().Clear()
	}
}
