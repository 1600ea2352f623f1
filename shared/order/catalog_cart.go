package order

// cartEvents are what becomes of a cart.
var cartEvents = []CatalogEntry{
	{Kind: Kind{Cart, "abandoned"}, Label: "Cart abandoned", Block: blockCarts, DefaultOff: true, Marketing: true},
}
