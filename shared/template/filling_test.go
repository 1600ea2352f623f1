package template

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

func TestFillingKeys(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		filling Filling
		want    []string
	}{
		{"nothing", Filling{}, nil},
		{"variables_once", Filling{Variables: []string{"city", "brand", "city"}}, []string{"brand", "city"}},
		{"texts_need_none", Filling{Media: Media{Link: Value{Text: "https://files.example.test/a.png"}}, CopyCode: Value{Text: "SAVE10"}}, nil},
		{
			"everywhere", Filling{
				Variables: []string{"city"}, Media: Media{Link: Value{Variable: "invoice"}}, CopyCode: Value{Variable: "return_id"},
				Payment: Payment{Part: OrderStatus, Reference: "shop_order_id", Description: Value{Variable: "latest_remark"}},
			}, []string{"city", "invoice", "latest_remark", "return_id", "shop_order_id"},
		},
		{"reference_by_default", Filling{Payment: Payment{Part: OrderDetails}}, []string{"customer_order_id"}},
		{"no_payment_no_reference", Filling{Payment: Payment{Reference: "shop_order_id"}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := tt.filling.Keys()
			if len(got) == 0 {
				got = nil
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
			for _, key := range got {
				if find(key) == nil {
					t.Errorf("%s is no variable", key)
				}
			}
		})
	}
}

// TestCut cuts at words, and never within a character.
func TestCut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		most       int
		want       string
	}{
		{"short", "short", 5, "short"},
		{"empty", "", 3, ""},
		{"in another script", "नमस्ते", 6, "नमस्ते"},
		{"one word", "longer", 5, "long…"},
		{"accents", "ééé", 2, "é…"},
		{"at a word", "left at the neighbour's door", 14, "left at the…"},
		{"a word that ends there", "left at the door", 12, "left at the…"},
		{"a comma", "Soap, Comb, Brush", 12, "Soap, Comb…"},
		{"a long last word", "a " + strings.Repeat("b", 20), 12, "a bbbbbbbbb…"},
		{"mark", "aaaa\u0301bbb", 5, "aaa…"},
		{"joined emoji", "aaa👨\u200d👩bbb", 6, "aaa…"},
		{"tone of skin", "aaa👍🏽bbb", 5, "aaa…"},
	} {
		if got := Cut(tt.text, tt.most); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestFilled has texts of the brand's own stand where they were put, as they were written.
func TestFilled(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", 990)
	for _, tt := range []struct {
		name    string
		filling Filling
		want    []string
	}{
		{"variables alone", Filling{Variables: []string{"brand", "city"}}, []string{"<brand>", "<city>"}},
		{"a text", Filling{Variables: []string{"brand", ""}, Texts: []string{"", "Pune"}}, []string{"<brand>", "Pune"}},
		{"texts alone", Filling{Texts: []string{"Kapas  Kraft", "Pune"}}, []string{"Kapas  Kraft", "Pune"}},
		{"a variable goes before a text", Filling{Variables: []string{"brand"}, Texts: []string{"Kapas", "Pune"}}, []string{"<brand>", "Pune"}},
		{"neither", Filling{Variables: []string{"brand", ""}}, []string{"<brand>", "<>"}},
		{"what WhatsApp refuses is mended", Filling{Texts: []string{"a\nb", "c     d"}}, []string{"a b", "c d"}},
		{"a text is never cut", Filling{Variables: []string{"brand", ""}, Texts: []string{"", long}}, []string{"<brand>", long}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := Template{Body: "{{1}} of {{2}}"}.Fill(tt.filling, func(keys []string) []string {
				values := make([]string, len(keys))
				for i, k := range keys {
					values[i] = "<" + k + ">"
				}
				return values
			})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
	got := Template{Body: "{{1}} of {{2}}"}.Fill(Filling{Variables: []string{"invoice", ""}, Texts: []string{"", strings.Repeat("n", 1010)}}, func(keys []string) []string {
		return []string{"https://files.example.test/a", "-"}[:len(keys)]
	})
	if got[0] != "not available" || len(got[1]) != 1010 {
		t.Errorf("a link beside a text that fills the body: got %q and %d characters of the text", got[0], len(got[1]))
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	const link = "https://files.example.test/i/1"
	for _, tt := range []struct {
		name, number, link string
		media              Media
		want               [2]string
	}{
		{"none", "NC-1", "", Media{}, [2]string{}},
		{"always the same", "NC-1", link + ".png?v=1", Media{Link: Value{Text: "x"}}, [2]string{link + ".png?v=1", "1.png"}},
		{"the shopper's own", "NC-1", link + ".pdf, " + link, Media{Link: Value{Variable: "invoice"}}, [2]string{link + ".pdf", "NC-1.pdf"}},
		{"without an ending", "NC-1", link, Media{Link: Value{Variable: "invoice"}}, [2]string{link, "NC-1.pdf"}},
		{"without a number", "", link, Media{Link: Value{Variable: "invoice"}}, [2]string{link, "1"}},
		{"named", "NC-1", link, Media{Link: Value{Variable: "invoice"}, Filename: "bill.pdf"}, [2]string{link, "bill.pdf"}},
		{"uploaded", "NC-1", "", Media{ID: "1", Filename: "a.pdf"}, [2]string{"", "a.pdf"}},
	} {
		got, name := tt.media.File(func(Value) string { return tt.link }, tt.number)
		if tt.want != [2]string{got, name} {
			t.Errorf("%s: got %q, %q, want %q", tt.name, got, name, tt.want)
		}
	}
}

func TestActionOf(t *testing.T) {
	t.Parallel()
	for want, labels := range map[string]string{
		"ACTF001": "Try again|Retry|Re-attempt|Change address|Another number|फिर भेजें|Dobara",
		"ACTF002": "Choose a day|Reschedule|Later|Deliver tomorrow|कल",
		"ACTF003": "Cancel order|Please cancel|I don't want it|रद्द करें",
		"ACTF004": "No attempt made|Nobody came|Didn't come|I was home|Wrong reason",
		"":        "Talk to us|Do not cancel|Don’t cancel|OK||👍|Daybreak|Candidate",
	} {
		for label := range strings.SplitSeq(labels, "|") {
			if got := actionOf(label); got != want {
				t.Errorf("%q: got %q, want %q", label, got, want)
			}
		}
	}
}

// TestVariableAt holds which events a variable exists for against where its values come from.
func TestVariableAt(t *testing.T) {
	t.Parallel()
	only := map[string]string{
		"refund_amount": "returnShipment/", "return_id": "returnShipment/", "return_reason": "returnShipment/", "failure_reason": "/failed_delivery",
	}
	// What the event of a cart can have: it is no order yet.
	cart := strings.Fields("brand sku gtin ean upc product_title customer_name customer_phone address_line city state pincode order_quantity")
	for _, v := range Variables() {
		for _, e := range order.Catalog() {
			want := strings.Contains(e.Kind.String(), only[v.Key])
			if e.Kind.Resource == order.Cart {
				want = slices.Contains(cart, v.Key)
			}
			if got := v.At(e.Kind); got != want {
				t.Errorf("%s at %s: got %v", v.Key, e.Kind, got)
			}
		}
		fromEvents := slices.ContainsFunc(v.Sources, func(s string) bool { return strings.HasPrefix(s, "event:") })
		if v.At(order.Kind{Resource: order.Cart, SubType: "abandoned"}) && !fromEvents {
			t.Errorf("%s comes from orders alone, and a cart is none", v.Key)
		}
	}
}
