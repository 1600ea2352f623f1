package template

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// Suggest returns a variable for each placeholder of a template, in the order of [Template.Render]; empty where nothing can be told. A
// variable is known by the placeholder's name, by the sample that the template was approved with, or else by the words before the
// placeholder. It is one that the event can have, and is suggested for a second placeholder of a part only if that is named after it.
func Suggest(t Template, event order.Kind) []string {
	places := t.Places()

	keys := make([]string, len(places))
	for i, p := range places {
		keys[i] = suggested(p, t.before(p), event, taken(places, keys, i))
	}

	return keys
}

// taken returns the variables that earlier placeholders of the same part have.
func taken(places []Place, keys []string, i int) []string {
	var list []string
	for j := range i {
		if places[j].Component == places[i].Component {
			list = append(list, keys[j])
		}
	}

	return list
}

// suggested returns the variable of one placeholder; before are the words in front of it.
func suggested(p Place, before string, event order.Kind, taken []string) string {
	can := func(key string) bool {
		r := find(key)
		return r != nil && r.At(event)
	}

	name := strings.Join(strings.Fields(strings.ReplaceAll(strings.ToLower(p.Name), "_", " ")), "_")
	if key := nameOf(name, event); key != "" {
		if can(key) {
			return key
		}

		return "" // another variable would say something else
	}

	for _, key := range slices.Concat(bySample(p.Sample), byWords(before)) {
		if can(key) && !slices.Contains(taken, key) {
			return key
		}
	}

	return ""
}

// synonyms are what brands call variables in templates with named placeholders.
var synonyms = map[string]string{
	"name": "customer_name", "customer": "customer_name", "first_name": "customer_name", "full_name": "customer_name", "user_name": "customer_name",
	"order": "customer_order_id", "order_id": "customer_order_id", "order_no": "customer_order_id", "order_number": "customer_order_id",
	"customer_order_number": "customer_order_id", "orderid": "customer_order_id", "shop_order": "shop_order_id", "shopify_order": "shop_order_id",
	"brand_name": "brand", "store": "brand", "store_name": "brand", "shop": "brand", "shop_name": "brand", "company": "brand",
	"product": "product_title", "product_name": "product_title", "item": "product_title", "items": "product_title", "item_name": "product_title",
	"phone": "customer_phone", "mobile": "customer_phone", "phone_number": "customer_phone", "contact": "customer_phone",
	"address": "address_line", "pin": "pincode", "pin_code": "pincode", "zip": "pincode", "postal_code": "pincode",
	"payment": "payment_method", "payment_mode": "payment_method", "payment_type": "payment_method",
	"invoice_link": "invoice", "invoice_url": "invoice", "bill": "invoice",
	"quantity": "order_quantity", "qty": "order_quantity", "pieces": "order_quantity", "refund": "refund_amount",
	"awb": "tracking_id", "tracking": "tracking_id", "tracking_no": "tracking_id", "tracking_number": "tracking_id", "awb_number": "tracking_id",
	"courier_name": "courier", "carrier": "courier", "courier_partner": "courier", "delivery_partner": "courier",
	"ndr_reason": "failure_reason", "remark": "latest_remark", "remarks": "latest_remark",
	"delivery_date": "promised_date", "expected_date": "promised_date", "eta": "promised_date", "edd": "promised_date",
	"total": "order_total", "order_amount": "order_total", "order_value": "order_total", "cod_amount": "amount_due", "due": "amount_due",
	"return_no": "return_id", "return_number": "return_id", "rma": "return_id",
}

// nameOf returns the variable that a placeholder's name stands for; empty if it stands for none.
func nameOf(name string, event order.Kind) string {
	isReturn := event.Resource == order.ReturnShipment
	switch {
	case find(name) != nil:
		return name
	case name == "amount" && isReturn:
		return "refund_amount"
	case name == "amount":
		return "order_total"
	case name == "reason" && isReturn && event.SubType != failedDelivery:
		return "return_reason"
	case name == "reason":
		return "failure_reason"
	default:
		return synonyms[name]
	}
}

// form is what samples of some variables look like. The first variable that the event has is suggested.
type form struct {
	looks *regexp.Regexp
	keys  []string
}

// forms are those beside the samples of our own. They are made when they are first needed, since what sends messages never does.
var forms = sync.OnceValue(func() []form {
	return []form{
		{regexp.MustCompile(`(?i)^https?://\S+$`), []string{"invoice"}},
		{regexp.MustCompile(`(?i)^(ret|rma|rtn)[-_ ]?\w*\d\w*$`), []string{"return_id"}},
		{regexp.MustCompile(`(?i)^(awb|trk|track)[-_ ]?\w*\d\w*$`), []string{"tracking_id"}},
		{regexp.MustCompile(`(?i)^(ord|order|oid)[-_ #]*\w*\d[-\w]*$`), []string{"customer_order_id"}},
		{regexp.MustCompile(`^#\d+$`), []string{"shop_order_id", "customer_order_id"}},
		{regexp.MustCompile(`(?i)^(₹|rs\.?|inr)\s*[\d,]+(\.\d+)?(/-)?$`), []string{"refund_amount", "amount_due", "order_total"}},
		{regexp.MustCompile(`(?i)^(cod|cash on delivery|prepaid|upi|credit card|debit card|net ?banking)$`), []string{"payment_method"}},
		{regexp.MustCompile(`^(\+?91[- ]?)?[6-9]\d{4}[- ]?\d{5}$`), []string{"customer_phone"}},
		{regexp.MustCompile(`^[1-9]\d{5}$`), []string{"pincode"}},
		{regexp.MustCompile(`(?i)^(\d{1,2}[-/. ](\d{1,2}|[a-z]{3,9})[-/. ,]+\d{2,4}|\d{4}-\d{2}-\d{2})$`), []string{"promised_date"}},
		{regexp.MustCompile(`(?i)^(customer )?(not reachable|not available|not at home|unavailable|door locked|address (incorrect|not found))$`), []string{"failure_reason", "latest_remark"}},
	}
})

// bySample returns the variables that may have a sample as their value, the likeliest first.
func bySample(sample string) []string {
	sample = strings.TrimSpace(sample)
	if sample == "" {
		return nil
	}

	var keys []string
	for _, list := range [...][]rule{required, extra} {
		for _, r := range list {
			// "499" and "2" are samples of ours that anything may look like.
			if len(sample) > len("499") && strings.EqualFold(r.Sample, sample) {
				keys = append(keys, r.Key)
			}
		}
	}

	for _, f := range forms() {
		if f.looks.MatchString(sample) {
			keys = append(keys, f.keys...)
		}
	}

	return keys
}

// leads are the words in front of a placeholder that tell what stands there. A longer lead goes before a shorter one that it ends in.
var leads = []struct {
	words string
	keys  []string
}{
	{"return id, return no, return number, return request, your return", []string{"return_id"}},
	{"track, track order, track your order, track shipment, track now, tracking id, tracking no, tracking number, awb, awb no, awb number", []string{"tracking_id"}},
	{"refund of, refund for, refunded, get back, pay back", []string{"refund_amount"}},
	{"please pay, amount due, amount payable, keep ready, cash of", []string{"amount_due"}},
	{"order total, total of, amount of, order value", []string{"order_total"}},
	{"order id, order no, order number, your order, order, deliver", []string{"customer_order_id"}},
	{"hi, hello, dear, hey, namaste, नमस्ते, प्रिय", []string{"customer_name"}},
	{"with, courier, courier partner", []string{"courier"}},
	{"reason, because", []string{"failure_reason", "return_reason", "latest_remark"}},
	{"expected by, expected on, arrives by, arrive by, delivered by, delivery by", []string{"promised_date"}},
	{"from, team, shopping at, shopping with, at, ordering from", []string{"brand"}},
	{"invoice, bill", []string{"invoice"}},
	{"quantity, qty", []string{"order_quantity"}},
	{"paid by, payment mode, payment method, mode of payment", []string{"payment_method"}},
	{"ऑर्डर", []string{"customer_order_id"}},
}

// byWords returns the variables that stand after such words, the likeliest first.
func byWords(before string) []string {
	words := " " + wordsOf(before)

	for _, lead := range leads {
		for phrase := range strings.SplitSeq(lead.words, ",") {
			if strings.HasSuffix(words, " "+strings.TrimSpace(phrase)) {
				return lead.keys
			}
		}
	}

	return nil
}

// before returns the words in front of a placeholder where it first occurs, back to the placeholder before it.
func (t Template) before(p Place) string {
	var text string
	switch p.Component {
	case componentHeader:
		text = t.Header.Text
	case componentBody:
		text = t.Body
	case componentButton:
		return t.Buttons[p.Index].Text // "Track", and not the address
	default:
		return ""
	}

	for {
		before, name, after, ok := cut(text)
		if !ok {
			return ""
		}
		if name == p.Name {
			return before
		}

		text = after
	}
}
