module openspacewall

go 1.26
