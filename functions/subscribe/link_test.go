package subscribe_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/subscribe"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

func TestSignOrderLink(t *testing.T) {
	t.Parallel()
	// Made by hand from the documented formula, so that another program's tokens are known to fit.
	mac := hmac.New(sha256.New, []byte("a key of the portal"))
	fmt.Fprintf(mac, "order\x0051230077\x001800000000")
	want := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) + ".1800000000"
	got := subscribe.SignOrderLink(config.NewSecret("a key of the portal"), "51230077", time.Unix(1_800_000_000, 0))
	if got != want || len(got) != 54 {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestOrderLinks(t *testing.T) {
	t.Parallel()
	const present, former = "the present key of links", "the former key of links"
	w := newWorld(t, "ORDER_LINK_KEY", present+", "+former)
	sign := func(key, id string, in time.Duration) string {
		return subscribe.SignOrderLink(config.NewSecret(key), id, start.Add(in))
	}
	good := sign(former, orderID, time.Hour)
	sum, expiry, _ := strings.Cut(good, ".")
	tests := []struct {
		name, token string
		want        int
	}{
		{"former_key", good, 200},
		{"last_second", sign(former, orderID, time.Second), 200},
		{"none", "", 401},
		{"foreign_key", sign("the foreign key, long", orderID, time.Hour), 401},
		{"other_order", sign(former, "51230078", time.Hour), 401},
		{"expired", sign(former, orderID, 0), 401},
		{"long_expired", sign(former, orderID, -time.Hour), 401},
		{"later_expiry", sum + ".9999999999", 401},
		{"signed_expiry", sum + ".+" + expiry, 401},
		{"no_expiry", sum + ".", 401},
		{"no_sum", "." + expiry, 401},
		{"short_sum", sum[:20] + "." + expiry, 401},
		{"padded", sum + "=." + expiry, 401},
		{"garbage", "%%%", 401},
		{"long", strings.Repeat("A", 5000), 401},
	}
	var refusal string
	for _, tc := range tests {
		path := route + orderID + "?token=" + url.QueryEscape(tc.token)
		asked := len(w.sim.Log().Requests())
		for method, a := range map[string]answer{"GET": w.get(path), "POST": w.post(path, body())} {
			if a.Status != tc.want {
				t.Errorf("%s %s: got %d %s, want %d", method, tc.name, a.Status, a.Body, tc.want)
			}
			if tc.want != http.StatusUnauthorized {
				continue
			}
			problem(t, tc.name, a, http.StatusUnauthorized)
			if refusal == "" {
				refusal = a.Body
			}
			if a.Body != refusal {
				t.Errorf("%s: the refusal tells why: %s", tc.name, a.Body)
			}
		}
		if n := len(w.sim.Log().Requests()) - asked; tc.want == http.StatusUnauthorized && n != 0 {
			t.Errorf("%s: the platform was asked", tc.name)
		}
	}
	if a := w.get(route + orderID + "?token=" + sign(present, orderID, time.Hour)); a.Status != http.StatusOK {
		t.Errorf("present key: got %d", a.Status)
	}
	_, entries := w.ledger(customerID(t, accountID, shopper))
	if got := entries[len(entries)-1].Actor; got != "customer with order link" {
		t.Errorf("actor = %q", got)
	}
	if strings.Contains(w.logs.String(), sum) {
		t.Error("the token is in the log")
	}
}
