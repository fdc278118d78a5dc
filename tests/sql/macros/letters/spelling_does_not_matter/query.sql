SELECT letters('Calcinosis cutis: a case-report') AS one, letters('CALCÍNOSIS  CÚTIS – A Case Report.') AS two, letters('皮膚 1') AS three
