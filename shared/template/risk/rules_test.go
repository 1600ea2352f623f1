package risk_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/template/risk"
)

// news is a template without a flaw whose body goes on with a text.
func news(more string) risk.Text {
	return risk.Text{Body: "Hi {{1}}, your order {{2}} is confirmed and will be shipped tomorrow. " + more, News: true}
}

// found lists hits as "rule part index: words".
func found(t risk.Text) []string {
	var all []string
	for _, h := range risk.Check(t) {
		line := h.Rule.Name + " " + string(h.Part)
		if h.Index >= 0 {
			line += " " + string(rune('0'+h.Index))
		}

		all = append(all, line+": "+strings.Join(h.Words, ", "))
	}

	return all
}

func TestCheck(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name string
		text risk.Text
		want []string
	}{
		{"nothing", news("Thank you."), nil},
		{"promotion", news("Big SALE today."), []string{"promotion body: SALE"}},
		{"longer_letters", news("Big saleeee now."), []string{"promotion body: saleeee"}},
		{"other_letters", news("Our \U0001d412\U0001d400\U0001d40b\U0001d404 now."), []string{"promotion body: \U0001d412\U0001d400\U0001d40b\U0001d404"}},
		{"percentage", news("Take 20% off on it."), []string{"promotion body: 20% off, off on"}},
		{"word_within_a_word", news("Wholesale offered at the drop-off salesroom."), nil},
		{"offer_letter", news("It has your offer letter."), nil},
		{"discount_of_this_order", news("The discount was already deducted."), nil},
		{"sentence_of_its_own", news("The discount was already deducted. Another discount waits."), []string{"promotion body: discount"}},
		{"hindi", news("बड़ी सेल शुरू।"), []string{"promotion body: सेल"}},
		{"hindi_with_a_dot_below", news("नया ऑफ़र है।"), []string{"promotion body: ऑफ़र"}},
		{"hindi_within_a_word", news("सेलम शहर से आएगा।"), nil},
		{"hindi_missed", news("आपकी डिलीवरी छूट गई।"), nil},
		{"hinglish", news("Sab kuch sasta hai."), []string{"promotion body: sasta"}},
		{"upsell", news("You may also like this."), []string{"upsell body: You may also like"}},
		{"urgency", news("Hurry, only {{3}} pieces left."), []string{"urgency body: Hurry, only {{3}} pieces"}},
		{"calm", news("There is no need to hurry."), nil},
		{"deadline_of_the_order", news("Last attempt today, collect it before 6 pm."), nil},
		{"coupon", news("Use code SAVE10 next time."), []string{"coupon body: Use code"}},
		{"loyalty", news("You earned {{3}} points."), []string{"loyalty body: earned {{3}} points"}},
		{"unrelated", news("Follow us for more."), []string{"unrelated body: Follow us"}},
		{"threat", news("Else we take legal action."), []string{"threat body: legal action"}},
		{"sensitive", news("Please send your card number."), []string{"sensitive body: card number"}},
		{"warning_of_a_fraud", news("Never share your card number."), nil},
		{"number_that_nobody_asks_for", news("The refund went to the account number in your profile."), nil},
		{"begins", risk.Text{Body: "{{1}}, your order is confirmed and ships tomorrow.", News: true}, []string{"placeholder_edge body: {{1}}"}},
		{"begins_in_bold", risk.Text{Body: "*{{1}}* of your order ships tomorrow.", News: true}, []string{"placeholder_edge body: {{1}}"}},
		{"ends_with_punctuation", risk.Text{Body: "Your order ships tomorrow, dear {{ name }}!", News: true}, []string{"placeholder_edge body: {{ name }}"}},
		{"ends_in_hindi", risk.Text{Body: "आपका ऑर्डर कल निकलेगा {{1}}।", News: true}, []string{"placeholder_edge body: {{1}}"}},
		{"adjacent", risk.Text{Body: "Order {{1}} - {{2}} ships tomorrow from our warehouse.", News: true}, []string{"placeholder_adjacent body: {{1}} - {{2}}"}},
		{"too_few_words", risk.Text{Body: "Order {{1}} with {{2}} shipped today.", News: true}, []string{"placeholder_ratio body: {{1}}, {{2}}"}},
		{"just_enough_words", risk.Text{Body: "Order {{1}} with {{2}} is shipped today.", News: true}, nil},
		{"same_placeholder_twice", risk.Text{Body: "Order {{1}} shipped, follow {{1}} today.", News: true}, nil},
		{"number_left_out", risk.Text{Body: "Order {{1}} comes with {{3}} some time tomorrow.", News: true}, []string{"placeholder_sequence body: {{3}}"}},
		{"one_brace", risk.Text{Body: "Order {{1}} comes with {2} some time tomorrow.", News: true}, []string{"placeholder_braces body: {2}"}},
		{"generic", risk.Text{Body: "Hello, there is news for you: {{1}}. Thanks.", News: true}, []string{"generic body: {{1}}"}},
		{"generic_with_a_button", risk.Text{Body: "Hello, there is news for you: {{1}}. Thanks.", Buttons: []risk.Button{{Label: "Track order"}}, News: true}, nil},
		{"short_link", news("See HTTPS://BIT.LY/abc."), []string{"link_shortener body: HTTPS://BIT.LY/abc"}},
		{"host_that_ends_so", news("See https://habit.ly/abc."), nil},
		{"host_that_begins_so", news("See https://bit.ly.example.test/abc."), nil},
		{"chat", risk.Text{Body: "Your order {{1}} is late.", Buttons: []risk.Button{{Label: "Ask", URL: "https://wa.me/9190"}}, News: true}, []string{"link_shortener button 0: https://wa.me/9190"}},
		{"no_samples", risk.Text{Body: "Your order {{1}} is late.", Unsampled: []string{"{{1}}"}, News: true}, []string{"sample_missing body: {{1}}"}},
		{
			"parts_in_order",
			risk.Text{Header: "Sale", Body: "Your order {{1}} is late.", Footer: "Use coupon A", Buttons: []risk.Button{{Label: "Track"}, {Label: "Shop more"}}, News: true},
			[]string{"promotion header: Sale", "coupon footer: coupon", "upsell button 1: Shop more"},
		},
		{"may_promote", risk.Text{Body: "Big sale, {{1}}! Hurry to https://bit.ly/x now, dear friend."}, []string{"link_shortener body: https://bit.ly/x"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			if diff := cmp.Diff(tt.want, found(tt.text)); diff != "" {
				t.Errorf("hits (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRulesAreTold holds that each rule is broken above or in the corpus, is called as no other is, and says what it should.
func TestRulesAreTold(t *testing.T) {
	t.Parallel()

	names, sources := map[string]string{}, map[string]bool{}
	for _, s := range samples(t) {
		for _, h := range risk.Check(s.text(t)) {
			if said, known := names[h.Rule.Name]; known && said != h.Rule.Remedy {
				t.Errorf("%s are two rules", h.Rule.Name)
			}

			names[h.Rule.Name] = h.Rule.Remedy
			sources[h.Rule.Source.Address] = true

			for _, sentence := range []string{h.Says(), h.Rule.Remedy} {
				if !strings.HasSuffix(sentence, ".") || strings.Contains(sentence, "%!") || len(sentence) < 20 {
					t.Errorf("%s: %q is no sentence", h.Rule.Name, sentence)
				}
			}

			if h.Rule.Source.Name == "" || !strings.HasPrefix(h.Rule.Source.Address, "https://") {
				t.Errorf("%s has no source", h.Rule.Name)
			}
		}
	}

	const rules = 16
	if len(names) != rules {
		t.Errorf("the corpus breaks %d rules, want all %d: %v", len(names), rules, names)
	}
}

// TestIn finds the same fault in other templates.
func TestIn(t *testing.T) {
	t.Parallel()

	hit := func(text risk.Text) risk.Hit {
		hits := risk.Check(text)
		if len(hits) != 1 {
			t.Fatalf("got %v", hits)
		}

		return hits[0]
	}

	for _, tt := range []struct {
		name       string
		one, other risk.Text
		want       bool
	}{
		{"same_word", news("A sale."), news("No SALEEE here."), true},
		{"same_word_in_a_button", news("A sale."), risk.Text{Body: "Order {{1}} is late.", Buttons: []risk.Button{{Label: "Sale"}}}, true},
		{"another_word_of_the_rule", news("A sale."), news("A bargain."), false},
		{"same_shape", risk.Text{Body: "Your order is late, {{1}}.", News: true}, risk.Text{Body: "Your parcel is lost, {{1}}!", News: true}, true},
		{"another_shape", risk.Text{Body: "Your order is late, {{1}}.", News: true}, news("Bye."), false},
	} {
		if got := hit(tt.one).In(tt.other); got != tt.want {
			t.Errorf("%s: got %v", tt.name, got)
		}
	}
}

// TestCorpusIsLabelled holds that each text of the corpus is there once, with a label that follows a public rule.
func TestCorpusIsLabelled(t *testing.T) {
	t.Parallel()

	type public struct {
		Rule   string `json:"rule"`
		Says   string `json:"says"`
		Source string `json:"source"`
	}

	known := map[string]bool{}
	for _, p := range read[public](t, "rules.jsonl") {
		if p.Says == "" || !strings.HasPrefix(p.Source, "https://") || known[p.Rule] {
			t.Errorf("rule %q: %+v", p.Rule, p)
		}

		known[p.Rule] = true
	}

	ids, bodies, labels := map[string]bool{}, map[string]bool{}, map[string]int{}

	for _, s := range samples(t) {
		if ids[s.ID] || bodies[s.Body] || !known[s.Rule] || s.Why == "" {
			t.Errorf("%s is there twice, or follows no rule: %+v", s.ID, s)
		}

		ids[s.ID], bodies[s.Body] = true, true
		labels[s.Language+" "+s.Label]++

		if passes := s.Rule == "utility" || s.Rule == "marketing"; passes != (s.Label == "passes") {
			t.Errorf("%s is labelled %s by the rule %s", s.ID, s.Label, s.Rule)
		}
	}

	for _, language := range []string{"en", "hi", "hinglish"} {
		for _, label := range []string{"passes", "reclassed", "refused"} {
			if labels[language+" "+label] < 30 {
				t.Errorf("%d texts of %s %s", labels[language+" "+label], language, label)
			}
		}
	}

	if len(ids) < 300 || len(labels) != 9 {
		t.Errorf("%d texts, %v", len(ids), labels)
	}
}

// TestFiguresAreTold holds that the documents say what the corpus gives.
func TestFiguresAreTold(t *testing.T) {
	t.Parallel()

	m := risk.Measured
	figures := fmt.Sprintf("precision %s, recall %s", share(m.Precision), share(m.Recall))

	for name, want := range map[string]string{
		"README.md":                        figures,
		"functions/README.md":              figures,
		"testdata/risk/README.md":          figures,
		"functions/workspace/openapi.yaml": fmt.Sprintf("%d in 100 were right, and of the texts at risk %d in 100", m.Precision, m.Recall),
	} {
		if data, err := os.ReadFile(filepath.Join("../../..", name)); err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s does not say %q: %v", name, want, err)
		}
	}
}
