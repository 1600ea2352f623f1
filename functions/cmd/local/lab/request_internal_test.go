package lab

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestRequestsOfAnOrder finds an order by every sign of it, as BusinessOnBot's by the number that its shopper knows, and takes no other's for its own.
func TestRequestsOfAnOrder(t *testing.T) {
	t.Parallel()
	signs := signsOf("51230082", []message.Message{{
		Phone: "+919000000006", Activity: message.Activity{OrderNumber: "AF-60818"}, Attempts: map[string]message.Attempt{"1": {IDs: []string{"wamid.a+b=="}}},
	}})
	const form = "application/x-www-form-urlencoded"
	for name, tc := range map[string]struct {
		request witness.Request
		want    bool
	}{
		"its_number":         {witness.Request{Body: `{"order_id":"AF-60818"}`}, true},
		"the_platforms_id":   {witness.Request{Path: "/platform/orders/51230082"}, true},
		"phone":              {witness.Request{Body: `{"to":"+919000000006"}`}, true},
		"phone_at_home":      {witness.Request{Body: `to 9000000006.`}, true},
		"phone_in_a_form":    {witness.Request{ContentType: form, Body: `message=%22919000000006%22`}, true},
		"message":            {witness.Request{Answer: `{"id":"wamid.a+b=="}`}, true},
		"a_longer_number":    {witness.Request{Body: `{"order_id":"AF-608189","other":"XAF-60818"}`}, false},
		"a_longer_id":        {witness.Request{Path: "/platform/orders/512300821"}, false},
		"a_longer_phone":     {witness.Request{Body: `{"to":"9190000000061"}`}, false},
		"a_longer_then_it":   {witness.Request{Body: `512300821 51230082`}, true},
		"a_message_of_other": {witness.Request{Answer: `xwamid.a+b==`}, false},
	} {
		if got := names(tc.request, signs); got != tc.want {
			t.Errorf("%s: got %v, want %v", name, got, tc.want)
		}
	}
}
