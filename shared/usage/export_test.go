package usage

import "github.com/eshopbox/whatsapp-notifications/shared/billing"

// CountAtMost has reports count no more than n failed deliveries.
func (b *Book) CountAtMost(n int) { b.maxFailed = n }

// Statement returns the CSV of usage by everything that rows can be grouped by.
func Statement(u billing.Usage) []byte {
	r := Report{GroupBy: groups}
	r.choose("", u)

	return r.CSV()
}
