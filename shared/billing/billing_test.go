package billing

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// full returns the rates of all categories of a market, at a price in micro-units.
func full(market string, micros int64) []Rate {
	rates := make([]Rate, 0, len(categories))
	for _, c := range categories {
		rates = append(rates, Rate{Market: market, Category: c, Micros: micros})
	}
	return rates
}

// card returns a card of rupees for India.
func card(version string, from, until Day, micros int64) Card {
	return Card{Version: version, Currency: "INR", From: from, Until: until, Rates: full("IN", micros)}
}

func at(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t.Add(13 * time.Hour)
}

// TestIndia holds the figures of the card that the product brings along, and that each says where it is from.
func TestIndia(t *testing.T) {
	t.Parallel()
	c := India()
	want := map[Category]string{
		Marketing: "INR 0.8631", Utility: "INR 0.115", Authentication: "INR 0.115",
		AuthenticationInternational: "INR 2.4971", Service: "INR 0.115",
	}
	for category, price := range want {
		got, err := Cards{c}.Price("IN", category, at("2026-11-20"), "INR")
		if err != nil || got.Price.String() != price || len(got.Tiers) > 0 || got.Version != c.Version {
			t.Errorf("%s: got %v, %v, want %s", category, got, err, price)
		}
	}
	if len(c.Rates) != len(want) || c.Comment == "" || slices.ContainsFunc(c.Rates, func(r Rate) bool { return r.Comment == "" }) {
		t.Errorf("got %v, want a source for each of %d prices", c, len(want))
	}
	if err := (Cards{}).Admit(c); err != nil {
		t.Error(err)
	}
	clear(c.Rates)
	if India().Rates[0].Micros == 0 {
		t.Error("who changes the card changes it for all")
	}
}

// TestPrice holds which card a price is from, and that the currency is never guessed from the market.
func TestPrice(t *testing.T) {
	t.Parallel()
	gulf := Card{
		Version: "gulf", Currency: "INR", From: "2026-07-01", Regions: map[string][]string{"Rest of Middle East": {"QA", "KW"}},
		Rates: append(full("Rest of Middle East", 500), full("AE", 600)...),
	}
	dollars := card("dollars", "2026-04-01", "", 7)
	dollars.Currency = "USD"
	noInternational := card("poor", "2027-01-01", "", 40)
	noInternational.Rates = slices.DeleteFunc(noInternational.Rates, func(r Rate) bool { return r.Category == AuthenticationInternational })
	cards := Cards{
		card("third", "2026-10-01", "", 30), card("first", "2026-01-01", "", 10), dollars, gulf,
		card("second", "2026-04-01", "2026-07-01", 20), noInternational,
	}
	tests := []struct {
		name     string
		market   string
		category Category
		day      string
		currency string
		version  string // empty for no price
		micros   int64
	}{
		{"before_all", "IN", Utility, "2025-12-31", "INR", "", 0},
		{"first_day", "IN", Utility, "2026-01-01", "INR", "first", 10},
		{"last_day_before_the_next", "IN", Utility, "2026-03-31", "INR", "first", 10},
		{"first_day_of_the_next", "IN", Utility, "2026-04-01", "INR", "second", 20},
		{"last_day_of_one_that_ends", "IN", Utility, "2026-06-30", "INR", "second", 20},
		{"after_one_that_ends", "IN", Utility, "2026-07-01", "INR", "first", 10},
		{"newest", "IN", Utility, "2026-12-31", "INR", "third", 30},
		{"newest_without_the_category", "IN", AuthenticationInternational, "2027-01-01", "INR", "", 0},
		{"another_currency", "IN", Utility, "2026-12-31", "USD", "dollars", 7},
		{"a_currency_without_a_card", "IN", Utility, "2026-12-31", "EUR", "", 0},
		{"no_currency", "IN", Utility, "2026-12-31", "", "", 0},
		{"country_of_a_region", "QA", Marketing, "2026-12-31", "INR", "gulf", 500},
		{"region_by_its_name", "Rest of Middle East", Marketing, "2026-12-31", "INR", "gulf", 500},
		{"country_beside_a_region", "AE", Marketing, "2026-12-31", "INR", "gulf", 600},
		{"country_without_a_price", "BR", Marketing, "2026-12-31", "INR", "", 0},
		{"no_country", "", Marketing, "2026-12-31", "INR", "", 0},
		{"small_letters", "in", Utility, "2026-12-31", "INR", "", 0},
		{"unknown_category", "IN", "referral_conversion", "2026-12-31", "INR", "", 0},
		{"category_with_a_hyphen", "IN", "authentication-international", "2026-12-31", "INR", "third", 30},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := cards.Price(tt.market, tt.category, at(tt.day), tt.currency)
			if (tt.version == "") != errors.Is(err, ErrNoPrice) {
				t.Fatalf("got %v", err)
			}
			want := Quote{}
			if tt.version != "" {
				want = Quote{Price: Money{tt.micros, tt.currency}, Version: tt.version}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestPriceTiers holds that the tiers come along, as a copy.
func TestPriceTiers(t *testing.T) {
	t.Parallel()
	c := card("v", "2026-10-01", "", 10)
	c.Rates[1].Tiers = []Tier{{From: 101, Micros: 9}}
	for range 2 {
		got, err := Cards{c}.Price("IN", Utility, at("2026-12-31"), "INR")
		if err != nil || len(got.Tiers) != 1 || got.Tiers[0].Micros != 9 {
			t.Fatalf("got %v, %v", got, err)
		}
		got.Tiers[0].Micros = 1
	}
}

// TestPriceChangesAtMidnight holds that the day is that of the time's zone.
func TestPriceChangesAtMidnight(t *testing.T) {
	t.Parallel()
	cards := Cards{card("old", "2026-07-01", "", 1), card("new", "2026-10-01", "", 2)}
	ist := time.FixedZone("IST", 19800)
	midnight := time.Date(2026, 10, 1, 0, 0, 0, 0, ist)
	for when, want := range map[time.Time]string{midnight: "new", midnight.Add(-1): "old", midnight.UTC(): "old"} {
		if got, err := cards.Price("IN", Utility, when, "INR"); err != nil || got.Version != want {
			t.Errorf("%v: got %s, %v, want %s", when, got.Version, err, want)
		}
	}
}

func TestStale(t *testing.T) {
	t.Parallel()
	dollars := card("dollars", "2026-07-01", "", 1)
	dollars.Currency = "USD"
	cards := Cards{card("new", "2026-10-01", "", 1), card("old", "2026-01-01", "", 1), dollars}
	next := append(slices.Clone(cards), card("next", "2027-01-01", "", 1))
	tests := []struct {
		name  string
		cards Cards
		day   string
		want  []string
	}{
		{"none", nil, "2026-12-31", nil},
		{"of_this_quarter", cards, "2026-09-30", nil},
		{"one_of_the_last", cards, "2026-10-01", []string{"USD"}},
		{"on_the_quarter's_last_day", cards, "2026-12-31", []string{"USD"}},
		{"both", cards, "2027-01-01", []string{"INR", "USD"}},
		{"one_to_come", next, "2026-12-31", []string{"USD"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, tt.cards.Stale(at(tt.day))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for month := range 12 {
		day := time.Date(2026, time.Month(month+1), 28, 0, 0, 0, 0, time.UTC)
		want := []Day{"2026-01-01", "2026-04-01", "2026-07-01", "2026-10-01"}[month/3]
		if got := quarterOf(day); got != want {
			t.Errorf("quarter of %v: got %s, want %s", day, got, want)
		}
	}
}

func TestMarkup(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		markup       Markup
		micros, want int64
	}{
		{0, 863_100, 863_100},
		{250, 863_100, 884_678},  // 884,677.5
		{1000, 115_000, 126_500}, //
		{1, 4_999, 4_999},        // 4,999.4999
		{1, 5_000, 5_001},        // 5,000.5
		{3333, 1, 1},             // 1.3333
		{5000, 1, 2},             // 1.5
		{4999, 1, 1},             // 1.4999
		{90_000, maxMicros, 10 * maxMicros},
		{250, 0, 0},
	} {
		if got := tt.markup.Apply(Money{tt.micros, "INR"}); got != (Money{tt.want, "INR"}) {
			t.Errorf("%d and %d basis points: got %v, want %d", tt.micros, tt.markup, got, tt.want)
		}
	}
	for m, ok := range map[Markup]bool{0: true, 250: true, 90_000: true, -1: false, 90_001: false} {
		err := m.Check("markup")
		if field, _ := fault.Public(err); (err == nil) != ok || !ok && (field != "markup" || !fault.Is(err, fault.Invalid)) {
			t.Errorf("%d: got %v", m, err)
		}
	}
}

func TestMoney(t *testing.T) {
	t.Parallel()
	for micros, want := range map[int64]string{
		863_100: "INR 0.8631", 115_000: "INR 0.115", 2_497_100: "INR 2.4971", 0: "INR 0.00", 1: "INR 0.000001",
		1_000_000: "INR 1.00", 1_500_000: "INR 1.50", 12_345_678_900_000: "INR 12345678.90", -1_250_000: "INR -1.25",
	} {
		if got := (Money{micros, "INR"}).String(); got != want {
			t.Errorf("%d: got %s, want %s", micros, got, want)
		}
	}
}
