package settings_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// TestUnsendable refuses at a save, and finds before it, what the app's provider cannot send: each part that is one.
func TestUnsendable(t *testing.T) {
	t.Parallel()
	o := newShop(t)
	var (
		coupon = templateID(5)
		headed = templateID(6)
	)
	for id, c := range map[string]gupshup.Container{
		coupon: {Data: "Hi {{1}}, thanks.", Buttons: []gupshup.Button{{Type: "COPY_CODE", Text: "Copy"}}},
		headed: {Header: "For {{1}}", Data: "Hi {{1}}, thanks."},
	} {
		o.must(o.sim.Gupshup().PutTemplate(simulatedID, gupshup.NewTemplate(id, "t"+id, c)))
	}
	code := template.Value{Text: "SAVE10"}
	for name, tt := range map[string]struct {
		event   order.Kind
		content account.Content
		want    []string
		says    string
	}{
		"code_to_copy": {
			created,
			account.Content{TemplateID: coupon, Filling: template.Filling{Variables: []string{"customer_name"}, CopyCode: code}},
			[]string{"shipment/created error button 0 unsendable"},
			`The app's provider cannot send the button "Copy", of the kind copy_code.`,
		},
		"header_with_a_placeholder": {
			created,
			account.Content{TemplateID: headed, Filling: template.Filling{Variables: []string{"brand", "customer_name"}}},
			[]string{"shipment/created error header -1 unsendable"},
			"The app's provider cannot send a header with a placeholder.",
		},
		"payment": {
			created,
			account.Content{TemplateID: twoPlaces, Filling: template.Filling{
				Variables: []string{"customer_name", "customer_order_id"}, Payment: template.Payment{Part: template.OrderStatus},
			}},
			[]string{"shipment/created error template -1 unsendable"},
			"The app's provider cannot send payment with the part order_status about this event.",
		},
		"each_problem": {
			created,
			account.Content{TemplateID: coupon, Filling: template.Filling{
				Variables: []string{"customer_name", "brand"}, CopyCode: code, Media: template.Media{Link: template.Value{Text: "https://cdn.example.com/a.jpg"}},
				Actions: []string{"", "", "", "ACTF001"},
			}},
			[]string{
				"shipment/created error template -1 count", "shipment/created error header -1 media_unused",
				"shipment/created error button 3 action_unused", "shipment/created error button 0 unsendable",
			},
			"",
		},
	} {
		found, err := o.Lint(t.Context(), editor, neem, tt.event, settings.Proposal{Content: &tt.content})
		o.must(err)
		if diff := cmp.Diff(tt.want, findingsOf(found)); diff != "" {
			t.Errorf("%s: lint (-want +got):\n%s", name, diff)
		}
		if tt.says != "" && (found[0].Message != tt.says || !strings.HasSuffix(found[0].Remedy, ".")) {
			t.Errorf("%s: got %+v", name, found[0])
		}
		_, _, err = o.saveAll(map[order.Kind]settings.NotificationInput{tt.event: on(&tt.content)})
		if diff := cmp.Diff(tt.want, o.unfit(err)); diff != "" {
			t.Errorf("%s: save (-want +got):\n%s", name, diff)
		}
		_, err = o.SendTest(t.Context(), editor, neem, tt.event, settings.Proposal{Content: &tt.content}, "9000000001")
		if diff := cmp.Diff(tt.want, o.unfit(err)); diff != "" {
			t.Errorf("%s: test (-want +got):\n%s", name, diff)
		}
	}
	o.untouched()
}

// TestUnsendablePayments holds at providers that tell news of a payment that only events they have a word for can be told by it.
func TestUnsendablePayments(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]map[order.Kind][]string{
		meta.Name: {delivered: nil, failed: {"shipment/failed_delivery error template -1 unsendable"}},
		// Kaleyra's news of a payment have no other values beside it.
		kaleyra.Name: {
			delivered: {"shipment/delivered error template -1 unsendable"},
			failed:    {"shipment/failed_delivery error template -1 unsendable"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newTester(t, name)
			for event, findings := range want {
				found, err := r.Lint(t.Context(), brand, rig.BrandID, event, settings.Proposal{Content: &account.Content{
					TemplateID: r.Vendor.TemplateID, Filling: template.Filling{
						Variables: []string{"customer_name", "customer_order_id"}, Payment: template.Payment{Part: template.OrderStatus},
					},
				}})
				r.Must(err)
				if diff := cmp.Diff(findings, findingsOf(found)); diff != "" {
					t.Errorf("%s (-want +got):\n%s\n%+v", event, diff, found)
				}
			}
		})
	}
}
