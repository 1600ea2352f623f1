package template

import (
	"strings"
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
