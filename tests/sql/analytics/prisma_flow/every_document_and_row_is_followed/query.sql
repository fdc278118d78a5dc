SELECT * FROM analytics.prisma_flow
