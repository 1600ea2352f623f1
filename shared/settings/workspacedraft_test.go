package settings_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// TestDraft looks at a message while it is set up: with what was chosen, with suggestions, and with a template that there is not.
func TestDraft(t *testing.T) {
	t.Parallel()
	o := newShop(t)
	ctx := t.Context()

	d, err := o.Draft(ctx, viewer, neem, created, settings.Proposal{Content: content(twoPlaces, "customer_name", "")}, false)
	o.must(err)
	if diff := cmp.Diff([]string{"shipment/created error body 1 unmapped"}, findingsOf(d.Findings)); diff != "" || d.Shown.Text != "Hi Asha Sample, order ORD123456 is with us." {
		t.Errorf("shows %q, findings (-want +got):\n%s", d.Shown.Text, diff)
	}

	d, err = o.Draft(ctx, viewer, neem, created, settings.Proposal{Content: content(twoPlaces)}, true)
	o.must(err)
	if diff := cmp.Diff([]string{"customer_name", "customer_order_id"}, d.Filling.Variables); diff != "" || len(d.Findings) != 0 {
		t.Errorf("findings %v, suggested (-want +got):\n%s", findingsOf(d.Findings), diff)
	}

	d, err = o.Draft(ctx, viewer, neem, created, settings.Proposal{Content: content(missing, "brand")}, false)
	o.must(err)
	if diff := cmp.Diff([]string{"shipment/created error template -1 template_unknown"}, findingsOf(d.Findings)); diff != "" || d.Detail.ID != "" || len(d.Filling.Variables) != 1 {
		t.Errorf("%+v, findings (-want +got):\n%s", d, diff)
	}

	if _, err = o.Draft(ctx, access.Caller{}, neem, created, settings.Proposal{}, false); !fault.Is(err, fault.Forbidden) {
		t.Errorf("for nobody: got %v", err)
	}
}
