package billing

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// sound is a card of everything that there is. Tests change one thing in it.
const sound = `{
	"version": "v-1", "currency": "USD", "from": "2026-10-01", "until": "2027-01-01", "comment": "invented",
	"regions": {"Rest of Middle East": ["QA", "KW"]},
	"rates": [
		{"market": "AE", "category": "marketing", "micros": 49900},
		{"market": "AE", "category": "utility", "micros": 15700, "tiers": [{"from": 101, "to": 200, "micros": 14000}, {"from": 201, "micros": 13000}]},
		{"market": "AE", "category": "authentication", "micros": 15700},
		{"market": "AE", "category": "service", "micros": 15700},
		{"market": "Rest of Middle East", "category": "marketing", "micros": 34100},
		{"market": "Rest of Middle East", "category": "utility", "micros": 9100},
		{"market": "Rest of Middle East", "category": "authentication", "micros": 9100, "comment": "as utility"},
		{"market": "Rest of Middle East", "category": "service", "micros": 0}
	]}`

// problems lists what an error says, a line for each field at fault.
func problems(tb testing.TB, err error) []string {
	tb.Helper()
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		tb.Fatalf("got %v, which is not joined", err)
	}
	var all []string
	for _, e := range joined.Unwrap() {
		field, text := fault.Public(e)
		if !fault.Is(e, fault.Invalid) || field == "" || text == "" {
			tb.Errorf("%v names no field", e)
		}
		all = append(all, field+" "+text)
	}
	return all
}

func TestReadSound(t *testing.T) {
	t.Parallel()
	got, err := Read([]byte(sound), false)
	if err != nil {
		t.Fatal(err)
	}
	want := Card{
		Version: "v-1", Currency: "USD", From: "2026-10-01", Until: "2027-01-01", Comment: "invented",
		Regions: map[string][]string{"Rest of Middle East": {"QA", "KW"}},
		Rates: []Rate{
			{Market: "AE", Category: Marketing, Micros: 49900},
			{Market: "AE", Category: Utility, Micros: 15700, Tiers: []Tier{{101, 200, 14000}, {201, 0, 13000}}},
			{Market: "AE", Category: Authentication, Micros: 15700},
			{Market: "AE", Category: Service, Micros: 15700},
			{Market: "Rest of Middle East", Category: Marketing, Micros: 34100},
			{Market: "Rest of Middle East", Category: Utility, Micros: 9100},
			{Market: "Rest of Middle East", Category: Authentication, Micros: 9100, Comment: "as utility"},
			{Market: "Rest of Middle East", Category: Service},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	const text, number, missing = " must be a text, in quotation marks", " must be a whole number, without quotation marks", " is missing"
	const day, quarter = " must be a day such as 2026-10-01", " must be the first day of a quarter, since prices change on no other; if this one did, put it with force=true, or with -f of ops"
	const version, capitals, country = "version must be of small letters, digits, dots and hyphens, at most 64",
		"currency must be the code of a currency, of three capitals", " must be a country's code of two capitals"
	const price, listFirst = " must be from 0 to a million units", " must be more than 1, since the list price comes first"
	for _, tc := range []struct {
		name     string
		old, new string // what is replaced in the sound card; all of it if old is empty
		want     []string
	}{
		{"nothing", "", "", []string{"card must be one JSON object"}},
		{"no_json", "", "{", []string{"card must be one JSON object"}},
		{"two_objects", "", sound + sound, []string{"card must be one JSON object"}},
		{"list", "", "[]", []string{"card must be an object, in braces", "version is missing", "currency is missing", "from is missing", "rates is missing"}},
		{"null", "", "null", []string{"card must be an object, in braces", "version is missing", "currency is missing", "from is missing", "rates is missing"}},
		{"unknown_key", `"comment": "invented"`, `"note": ""`, []string{"note is a key that it does not have"}},
		{"key_in_capitals", `"comment": "invented"`, `"Comment": ""`, []string{"Comment is a key that it does not have"}},
		{"key_that_is_no_word", `"comment": "invented"`, `"<b>hunter2": ""`, []string{"card is a key that it does not have"}},
		{"unknown_key_that_is_null", `"comment": "invented"`, `"note": null`, []string{"note is a key that it does not have"}},
		{"key_that_comes_twice", `"comment": "invented"`, `"version": "v-2"`, []string{"version comes twice"}},
		{"unknown_key_of_a_rate", `"micros": 49900`, `"micros": 49900, "price": 1`, []string{"rates[0].price is a key that it does not have"}},
		{"price_that_comes_twice", `"micros": 49900`, `"micros": 49900, "micros": 1`, []string{"rates[0].micros comes twice"}},
		{"unknown_key_of_a_tier", `"to": 200`, `"until": 200`, []string{"rates[1].tiers[0].until is a key that it does not have"}},

		{"version_missing", `"version": "v-1",`, ``, []string{"version" + missing}},
		{"version_null", `"v-1"`, `null`, []string{"version" + missing}},
		{"version_a_number", `"v-1"`, `1`, []string{"version" + text}},
		{"version_empty", `"v-1"`, `""`, []string{version}},
		{"version_a_path", `"v-1"`, `"a/b"`, []string{version}},
		{"version_in_capitals", `"v-1"`, `"V-1"`, []string{version}},
		{"version_too_long", `"v-1"`, `"` + strings.Repeat("v", 65) + `"`, []string{version}},
		{"currency_missing", `"currency": "USD",`, ``, []string{"currency" + missing}},
		{"currency_in_small_letters", `"USD"`, `"usd"`, []string{capitals}},
		{"currency_too_long", `"USD"`, `"DOLLARS"`, []string{capitals}},
		{"currency_a_sign", `"USD"`, `"$"`, []string{capitals}},
		{"comment_too_long", `"invented"`, `"` + strings.Repeat("c", 2001) + `"`, []string{"comment is too long"}},
		{"comment_a_list", `"invented"`, `[]`, []string{"comment" + text}},

		{"from_missing", `"from": "2026-10-01",`, ``, []string{"from" + missing}},
		{"from_no_day", `"2026-10-01"`, `"2026-10-32"`, []string{"from" + day}},
		{"from_a_time", `"2026-10-01"`, `"2026-10-01T00:00:00Z"`, []string{"from" + day}},
		{"from_before_there_were_prices", `"2026-10-01"`, `"2024-10-01"`, []string{"from" + day}},
		{"from_within_a_quarter", `"2026-10-01"`, `"2026-11-01"`, []string{"from" + quarter}},
		{"from_a_day_late", `"2026-10-01"`, `"2026-10-02"`, []string{"from" + quarter}},
		{"until_within_a_quarter", `"2027-01-01"`, `"2026-12-31"`, []string{"until" + quarter}},
		{"until_no_day", `"2027-01-01"`, `"never"`, []string{"until" + day}},
		{"until_before_from", `"2027-01-01"`, `"2026-07-01"`, []string{"until must be after from"}},
		{"until_as_from", `"2027-01-01"`, `"2026-10-01"`, []string{"until must be after from"}},

		{"regions_a_list", `{"Rest of Middle East": ["QA", "KW"]}`, `[]`, []string{"regions must be an object, in braces"}},
		{"region_a_text", `["QA", "KW"]`, `"QA"`, []string{"regions.Rest of Middle East must be a list of texts"}},
		{"region_that_comes_twice", `["QA", "KW"]}`, `["QA"], "Rest of Middle East": ["KW"]}`, []string{"regions.Rest of Middle East comes twice"}},
		{"region_without_countries", `["QA", "KW"]`, `[]`, []string{"regions.Rest of Middle East names no country"}},
		{"region_of_no_country", `"KW"]`, `"Kuwait"]`, []string{"regions.Rest of Middle East[1]" + country}},
		{"region_of_nothing", `"KW"]`, `null]`, []string{"regions.Rest of Middle East[1]" + country}},
		{"region_with_a_country_twice", `"KW"]`, `"QA"]`, []string{"regions.Rest of Middle East[1] overlaps: the country has a region already"}},
		{"region_with_a_country_of_its_own", `"KW"]`, `"AE"]`, []string{"regions.Rest of Middle East[1] overlaps: the country has a rate of its own"}},
		{"region_without_a_price", `["QA", "KW"]}`, `["QA", "KW"], "Rest of Africa": ["TD"]}`, []string{"regions.Rest of Africa has no price"}},
		{"region_named_as_a_country", `["QA", "KW"]}`, `["QA", "KW"], "AE": ["TD"]}`, []string{
			"regions has a name that is not of letters, three at least and the first a capital",
		}},

		{"rates_missing", "", `{"version": "v", "currency": "USD", "from": "2026-10-01"}`, []string{"rates" + missing}},
		{"rates_empty", "", `{"version": "v", "currency": "USD", "from": "2026-10-01", "rates": []}`, []string{"rates" + missing}},
		{"rates_an_object", "", `{"version": "v", "currency": "USD", "from": "2026-10-01", "rates": {}}`, []string{"rates must be a list, in square brackets"}},
		{"rate_null", `{"market": "AE", "category": "marketing", "micros": 49900}`, `null`, []string{
			"rates[0] must be an object, in braces", "rates[0].market is missing", "rates[0].category is missing", "rates[0].micros is missing",
		}},
		{"rates_too_many", `"rates": [`, `"rates": [` + strings.Repeat(`{"market": "AE", "category": "marketing", "micros": 1},`, 1500), []string{"rates has too many entries"}},
		{"market_unknown", `"market": "AE", "category": "marketing"`, `"market": "Dubai", "category": "marketing"`, []string{
			"rates[0].market must be a country's code of two capitals, or one of the card's regions",
			"rates leave a gap: AE has no price for marketing", "rates leave a gap: Dubai has no price for utility",
			"rates leave a gap: Dubai has no price for authentication", "rates leave a gap: Dubai has no price for service",
		}},
		{"category_unknown", `"category": "marketing", "micros": 49900`, `"category": "Marketing", "micros": 49900`, []string{
			"rates[0].category must be one of marketing, utility, authentication, authentication_international, service",
			"rates leave a gap: AE has no price for marketing",
		}},
		{"micros_missing", `"category": "marketing", "micros": 49900`, `"category": "marketing"`, []string{"rates[0].micros" + missing}},
		{"micros_null", `49900`, `null`, []string{"rates[0].micros" + missing}},
		{"micros_a_text", `49900`, `"49900"`, []string{"rates[0].micros" + number}},
		{"micros_a_fraction", `49900`, `0.0499`, []string{"rates[0].micros" + number}},
		{"micros_with_an_exponent", `49900`, `5e4`, []string{"rates[0].micros" + number}},
		{"micros_beyond_all", `49900`, `99999999999999999999`, []string{"rates[0].micros" + number}},
		{"micros_negative", `49900`, `-1`, []string{"rates[0].micros" + price}},
		{"micros_too_many", `49900`, `1000000000001`, []string{"rates[0].micros" + price}},
		{"rate_twice", `"category": "service", "micros": 15700}`, `"category": "service", "micros": 15700}, {"market": "AE", "category": "utility", "micros": 1}`, []string{
			"rates[4] overlaps rates[1], which is of the same market and category",
		}},
		{"rate_comment_too_long", `"as utility"`, `"` + strings.Repeat("c", 2001) + `"`, []string{"rates[6].comment is too long"}},
		{"market_without_service", `{"market": "AE", "category": "service", "micros": 15700},`, ``, []string{"rates leave a gap: AE has no price for service"}},

		{"tiers_of_marketing", `49900}`, `49900, "tiers": [{"from": 2, "micros": 1}]}`, []string{
			"rates[0].tiers must be empty: only utility, authentication, authentication_international have tiers",
		}},
		{"tiers_of_service", `"service", "micros": 0`, `"service", "micros": 0, "tiers": [{"from": 2, "micros": 0}]`, []string{
			"rates[7].tiers must be empty: only utility, authentication, authentication_international have tiers",
		}},
		{"tiers_an_object", `[{"from": 101, "to": 200, "micros": 14000}, {"from": 201, "micros": 13000}]`, `{}`, []string{"rates[1].tiers must be a list, in square brackets"}},
		{"tiers_too_many", `[{"from": 101, "to": 200, "micros": 14000},`, `[` + strings.Repeat(`{"from": 2, "micros": 1},`, 20), []string{"rates[1].tiers has too many entries"}},
		{"tier_without_a_price", `, "micros": 14000`, ``, []string{"rates[1].tiers[0].micros" + missing}},
		{"tier_with_a_negative_price", `14000`, `-1`, []string{"rates[1].tiers[0].micros" + price}},
		{"tier_from_the_first_message", `"from": 101`, `"from": 1`, []string{"rates[1].tiers[0].from" + listFirst}},
		{"tier_that_overlaps", `"from": 201`, `"from": 200`, []string{"rates[1].tiers[1].from overlaps the tier before it"}},
		{"tier_after_a_gap", `"from": 201`, `"from": 202`, []string{"rates[1].tiers[1].from leaves a gap after the tier before it"}},
		{"tier_that_ends_before_it_begins", `"to": 200`, `"to": 100`, []string{
			"rates[1].tiers[0].to must not be before from", "rates[1].tiers[1].from leaves a gap after the tier before it",
		}},
		{"tier_of_one_message", `"to": 200, "micros": 14000}, {"from": 201`, `"to": 101, "micros": 14000}, {"from": 102`, nil},
		{"tier_in_the_middle_without_an_end", `"to": 200, `, ``, []string{
			"rates[1].tiers[0].to must not be before from", "rates[1].tiers[1].from leaves a gap after the tier before it",
		}},
		{"last_tier_with_an_end", `{"from": 201,`, `{"from": 201, "to": 300,`, []string{"rates[1].tiers[1].to leaves a gap: the last tier has no end"}},
		{"tier_beyond_all", `"from": 201`, `"from": 1000000000001`, []string{
			"rates[1].tiers[1].from" + listFirst, "rates[1].tiers[1].from leaves a gap after the tier before it",
		}},
		{"several", `"USD", "from": "2026-10-01"`, `"usd", "from": "2026-11-01"`, []string{capitals, "from" + quarter}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			card := tc.new
			if tc.old != "" {
				if strings.Count(sound, tc.old) != 1 {
					t.Fatalf("%s is in the card %d times", tc.old, strings.Count(sound, tc.old))
				}
				card = strings.Replace(sound, tc.old, tc.new, 1)
			}
			got, err := Read([]byte(card), false)
			if diff := cmp.Diff(tc.want, problems(t, err)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if err != nil && !cmp.Equal(got, Card{}) {
				t.Errorf("got %v beside an error", got)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v holds what was in the card", err)
			}
		})
	}
}

// TestReadForced holds that only the rule of the quarter gives way.
func TestReadForced(t *testing.T) {
	t.Parallel()
	within := strings.NewReplacer("2026-10-01", "2026-11-15", "2027-01-01", "2026-12-31").Replace(sound)
	c, err := Read([]byte(within), true)
	if err != nil || c.From != "2026-11-15" || c.Until != "2026-12-31" {
		t.Errorf("got %v, %v", c, err)
	}
	_, err = Read([]byte(strings.Replace(within, "2026-11-15", "2026-11-31", 1)), true)
	if diff := cmp.Diff([]string{"from must be a day such as 2026-10-01"}, problems(t, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestServiceWasFree holds that a card of a time before its price needs none for service.
func TestServiceWasFree(t *testing.T) {
	t.Parallel()
	old := strings.NewReplacer(
		"2026-10-01", "2026-07-01",
		`{"market": "AE", "category": "service", "micros": 15700},`, "",
	).Replace(sound)
	if _, err := Read([]byte(old), false); err != nil {
		t.Error(err)
	}
}

// TestAdmit holds how cards stand beside each other: without an overlap and without a gap in any market.
func TestAdmit(t *testing.T) {
	t.Parallel()
	other := func(c Card, change func(*Card)) Card {
		change(&c)
		return c
	}
	gulf := Card{Version: "gulf", Currency: "INR", From: "2026-04-01", Regions: map[string][]string{"Gulf": {"QA"}}, Rates: full("Gulf", 1)}
	open, ended := card("open", "2026-04-01", "", 1), card("ended", "2026-01-01", "2026-04-01", 1)
	without := func(c Card, category Category) Card {
		c.Rates = slices.DeleteFunc(slices.Clone(c.Rates), func(r Rate) bool { return r.Category == category })
		return c
	}
	for _, tc := range []struct {
		name  string
		there Cards
		card  Card
		want  []string
	}{
		{"alone", nil, open, nil},
		{"after_one_without_an_end", Cards{open}, card("new", "2026-07-01", "", 1), nil},
		{"before_one", Cards{open}, card("new", "2026-01-01", "", 1), nil},
		{"right_after_one_that_ends", Cards{ended}, open, nil},
		{"right_before_one", Cards{open}, ended, nil},
		{"between_two", Cards{card("a", "2026-01-01", "", 1), card("b", "2026-07-01", "", 1)}, card("c", "2026-04-01", "2026-07-01", 1), nil},
		{"the_same_version", Cards{open}, other(card("open", "2026-07-01", "", 1), func(c *Card) { c.Currency = "USD" }), []string{"version is taken by another card"}},
		{"the_same_day", Cards{open}, card("new", "2026-04-01", "", 1), []string{"from overlaps open, which begins on the same day"}},
		{"the_same_day_in_another_currency", Cards{open}, other(card("new", "2026-04-01", "", 1), func(c *Card) { c.Currency = "USD" }), nil},
		{"the_same_day_in_another_market", Cards{open}, gulf, nil},
		{"the_same_day_in_a_country_of_a_region", Cards{gulf}, Card{Version: "new", Currency: "INR", From: "2026-04-01", Rates: full("QA", 1)}, []string{"from overlaps gulf, which begins on the same day"}},
		{"the_same_day_in_a_region_of_a_country", Cards{{Version: "old", Currency: "INR", From: "2026-04-01", Rates: full("QA", 1)}}, gulf, []string{"from overlaps old, which begins on the same day"}},
		{"before_the_end_of_one", Cards{card("old", "2026-01-01", "2026-07-01", 1)}, open, []string{"from overlaps old, which ends later"}},
		{"beyond_the_begin_of_one", Cards{open}, card("new", "2026-01-01", "2026-07-01", 1), []string{"until overlaps open, which begins earlier"}},
		{"after_a_gap", Cards{ended}, card("new", "2026-07-01", "", 1), []string{"from leaves a gap between ended and new"}},
		{"before_a_gap", Cards{card("old", "2026-07-01", "", 1)}, ended, []string{"until leaves a gap between ended and old"}},
		{"before_the_nearest_of_several", Cards{card("far", "2027-01-01", "", 1), card("near", "2026-07-01", "", 1)}, card("c", "2026-04-01", "2026-07-01", 1), nil},
		{
			"a_gap_in_several_markets",
			Cards{{Version: "old", Currency: "INR", From: "2026-01-01", Until: "2026-04-01", Rates: append(full("IN", 1), full("AE", 1)...)}},
			Card{Version: "new", Currency: "INR", From: "2026-07-01", Rates: append(full("IN", 1), full("AE", 1)...)},
			[]string{"from leaves a gap between old and new"},
		},
		{"a_gap_in_another_market", Cards{ended}, other(gulf, func(c *Card) { c.From = "2026-07-01" }), nil},
		{"a_gap_that_another_card_fills", Cards{ended, open}, card("new", "2026-07-01", "", 1), nil},
		{"without_a_category_that_the_one_before_has", Cards{open}, without(card("new", "2026-07-01", "", 1), AuthenticationInternational), []string{
			"rates leave a gap: open has a price for authentication_international in IN, and new has none",
		}},
		{"with_a_category_that_the_one_after_lacks", Cards{without(card("old", "2026-07-01", "", 1), AuthenticationInternational)}, open, []string{
			"rates leave a gap: open has a price for authentication_international in IN, and old has none",
		}},
		{"with_a_category_that_the_one_before_lacks", Cards{without(open, AuthenticationInternational)}, card("new", "2026-07-01", "", 1), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, problems(t, tc.there.Admit(tc.card))); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzRead holds that whatever is read is read again from what it is written as, has a price for each of its rates, and that errors
// name fields.
func FuzzRead(f *testing.F) {
	f.Add([]byte(sound), false)
	f.Add(india, false)
	f.Add([]byte(strings.ReplaceAll(sound, "2026-10-01", "2026-11-15")), true)
	f.Add([]byte(`{"version":"v","currency":"INR","from":"2026-01-01","rates":[{"market":"IN","category":"utility","micros":1e3},null]}`), true)
	f.Add([]byte(`{"regions":{"":null,"x":{}},"rates":[[]],"rates":0}`), false)
	f.Fuzz(func(t *testing.T, text []byte, forced bool) {
		c, err := Read(text, forced)
		if err != nil {
			problems(t, err)
			return
		}
		written, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Read(written, forced)
		if err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if diff := cmp.Diff(c, again); diff != "" {
			t.Fatalf("read again (-first +second):\n%s", diff)
		}
		if err := (Cards{}).Admit(c); err != nil {
			t.Errorf("alone: %v", err)
		}
		for _, r := range c.Rates {
			got, err := Cards{c}.Price(r.Market, r.Category, at(string(c.From)), c.Currency)
			if err != nil || got.Price.Micros != r.Micros || fmt.Sprint(got.Tiers) != fmt.Sprint(r.Tiers) {
				t.Errorf("%v: got %v, %v", r, got, err)
			}
			if m := Markup(250).Apply(got.Price); m.Micros < r.Micros {
				t.Errorf("%v: got %v with a mark-up", r, m)
			}
		}
	})
}
