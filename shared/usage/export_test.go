package usage

// CountAtMost has reports count no more than n failed deliveries.
func (b *Book) CountAtMost(n int) { b.maxFailed = n }
