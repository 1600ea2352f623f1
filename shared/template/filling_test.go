package template

import (
	"testing"

	"github.com/google/go-cmp/cmp"
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

func TestCut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		most int
		end  string
		want string
	}{
		{"short", 5, "…", "short"},
		{"नमस्ते", 6, "…", "नमस्ते"},
		{"longer", 5, "…", "long…"},
		{"longer", 5, "", "longe"},
		{"ééé", 2, "…", "é…"},
		{"", 3, "…", ""},
	} {
		if got := Cut(tt.text, tt.most, tt.end); got != tt.want {
			t.Errorf("%q to %d: got %q, want %q", tt.text, tt.most, got, tt.want)
		}
	}
}
