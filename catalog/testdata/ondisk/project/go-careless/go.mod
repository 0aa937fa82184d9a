module example.com/go-careless

go 1.26
