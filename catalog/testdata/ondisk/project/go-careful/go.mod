module example.com/go-careful

go 1.26
