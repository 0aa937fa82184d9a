module pavise

go 1.26.8
