package workspace_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestVersionsNameSettings names each setting in a version as requests and answers do, not as the store does.
func TestVersionsNameSettings(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.want(http.StatusOK, s.at(http.MethodPut, "/notifications/shipment/created", `{"enabled":true,"maxAgeSeconds":3600,"content":`+fitting+`}`, 1))
	s.want(http.StatusOK, s.at(http.MethodPut, "/notifications/shipment/packed", `{"enabled":false,"content":{"template":"t","values":[],"media":{"link":{"text":"x"}},
		"actions":["ACTF001"],"copyCode":{"text":"x"},"payment":{"part":"order_status","reference":"shop_order_id"}}}`, 2))
	s.want(http.StatusOK, s.at(http.MethodPut, "/unexpected-replies", `{"enabled":true,"text":"Call us"}`, 3))
	s.want(http.StatusOK, s.at(http.MethodPut, "/sender", `{"appId":"bot"}`, 4))
	s.want(http.StatusOK, s.at(http.MethodPut, "/notifications", `{"notifications":{},"maxAgeSeconds":7200}`, 5))
	s.want(http.StatusOK, s.at(http.MethodPut, "/quiet-hours", `{"enabled":true,"from":"21:00","to":"08:00"}`, 6))

	all := read[struct {
		Versions []struct {
			Changes []struct {
				Path          string
				Before, After any
			}
		}
	}](t, s.want(http.StatusOK, s.at(http.MethodGet, "/versions", "", 0)))
	got := map[string]any{}
	for _, v := range all.Versions {
		for _, c := range v.Changes {
			if !strings.HasPrefix(c.Path, "notifications.bot.") {
				got[c.Path] = c.After
			}
		}
	}
	const created, packed = "notifications.gs-1.shipment/created.", "notifications.gs-1.shipment/packed."
	for path, want := range map[string]any{
		created + "enabled": true, created + "maxAgeSeconds": 3600.0, created + "content.template": confirmation,
		created + "content.values[0].variable": "customer_name", created + "content.values[1].text": "of yours", created + "content.values[2].name": "1",
		packed + "content.media.link.text": "x", packed + "content.actions[0]": "ACTF001", packed + "content.copyCode.text": "x",
		packed + "content.payment.part": "order_status", packed + "content.payment.reference": "shop_order_id",
		"unexpectedReplies.text": "Call us", "sender.appId": "bot", "sender.chosen": true, "maxAgeSeconds": 7200.0,
		"quietHours.enabled": true, "quietHours.from": "21:00", "quietHours.to": "08:00", "quietHours.exempt[0]": "shipment/failed_delivery",
	} {
		if diff := cmp.Diff(want, got[path]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	for path := range got {
		if slices.ContainsFunc([]string{"choices", "filling", "senderChosen", "last4", "unexpected.", "quiet."}, func(word string) bool { return strings.Contains(path, word) }) {
			t.Errorf("%s is a name of the store's", path)
		}
	}
}

// TestUnexpectedRepliesOfADeafProvider apply to nobody: the provider does not report what shoppers write.
func TestUnexpectedRepliesOfADeafProvider(t *testing.T) {
	t.Parallel()
	for _, ownership := range []message.Ownership{message.Client, message.Platform} {
		r := newRig(t, nil)
		r.put(neem, "Neem")
		r.install(account.App{ID: "bot", Provider: "businessonbot", Ownership: ownership, Name: "Bot"})
		a := r.want(http.StatusOK, request{method: http.MethodGet, path: "/v1/accounts/" + neem + "/unexpected-replies", token: r.token("viewer", neem)})
		if !strings.Contains(a.Body, `"applies":"none"`) || !strings.Contains(a.Body, `"reason":"no_replies"`) || strings.Contains(a.Body, "installLink") {
			t.Errorf("%s: got %s", ownership, a.Body)
		}
	}
}
